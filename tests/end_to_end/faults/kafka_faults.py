"""What happens to Kafka."""

from cluster import fault


@fault()
def broker_killed(cluster):
    """A broker dies without a word: partitions, coordinators and transactions move to others."""
    cluster.begin()
    node = cluster.dice.choice(cluster.nodes)
    cluster.kafka.run("kill", node)
    cluster.wait_for_more()
    cluster.kafka.run("start-node", node)
    cluster.wait_for_more()
