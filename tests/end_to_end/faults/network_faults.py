"""What happens between a worker and its servers."""

from cluster import fault, pause

SESSION_S = 6  # of the group, as the fleet sets it


def begin_behind(cluster, **settings):
    """Two workers, the first of which has a proxy before the brokers."""
    proxy = cluster.proxy()
    cluster.begin(first={"KAFKA_BOOTSTRAP_SERVERS": cluster.kafka_by(proxy), **settings})
    return proxy, [f"broker-{node}" for node in cluster.nodes]


@fault()
def kafka_slow(cluster):
    """40 ms each way to the brokers, give or take 20."""
    proxy, brokers = begin_behind(cluster)
    for broker in brokers:
        proxy.delay(broker, 40, 20)
    cluster.wait_for_more()
    pause(10)


def without_brokers(cluster, harm):
    """Harms each way to a broker for longer than the group waits: the other worker takes the lanes."""
    proxy, brokers = begin_behind(cluster)
    for broker in brokers:
        harm(proxy, broker)
    pause(2 * SESSION_S)
    cluster.wait_for_more()
    for broker in brokers:
        proxy.heal(broker)
    cluster.wait_for_more()


@fault()
def kafka_cut(cluster):
    """No way to the brokers."""
    without_brokers(cluster, lambda proxy, broker: proxy.cut(broker))


@fault()
def kafka_black_hole(cluster):
    """Connections to the brokers stand, and nothing passes."""
    without_brokers(cluster, lambda proxy, broker: proxy.hang(broker))


@fault()
def kafka_half_open(cluster):
    """What a worker sends to one of the brokers is lost, and nobody tells it."""
    proxy, brokers = begin_behind(cluster)
    broker = cluster.dice.choice(brokers)
    proxy.hang(broker, ["upstream"])
    pause(2 * SESSION_S)
    proxy.heal(broker)
    cluster.wait_for_more()


@fault(nodes=1)
def postgres_slow(cluster):
    """20 ms each way to the database, give or take 10, then 1 ms."""
    proxy = cluster.proxy()
    cluster.begin(first={"DATABASE_URL": cluster.postgres_by(proxy)})
    proxy.delay("postgres", 20, 10)
    cluster.wait_for_more()
    proxy.heal("postgres")
    cluster.wait_for_more()
