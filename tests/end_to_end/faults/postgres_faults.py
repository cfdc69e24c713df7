"""What happens to PostgreSQL."""

from cluster import fault


@fault()
def postgres_killed(cluster):
    """Immediate shutdown and a restart: what was not committed is gone, and nothing else."""
    cluster.begin()
    cluster.postgres.run("kill")
    cluster.say("lane waits and tries again")
    cluster.postgres.start()
    cluster.wait_for_more()
