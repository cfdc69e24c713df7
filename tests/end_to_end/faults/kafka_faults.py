"""What happens to Kafka."""

from confluent_kafka import Producer
from confluent_kafka.admin import (AclBinding, AclBindingFilter, AclOperation, AclPermissionType,
                                   AlterConfigOpType, ConfigEntry, ConfigResource, NewTopic,
                                   ResourcePatternType, ResourceType)

from cluster import LANES, done, fault, pause
from fleet import EXAMPLE, attributes_of, expect, headers_of, wait_until
from postgres_faults import resume, stopped_lanes
from witness import outputs_by_subject


@fault()
def broker_killed(cluster):
    """A broker dies without a word: partitions, coordinators and transactions move to others."""
    cluster.begin()
    node = cluster.dice.choice(cluster.nodes)
    cluster.kafka.run("kill", node)
    cluster.wait_for_more()
    cluster.kafka.run("start-node", node)
    cluster.wait_for_more()


@fault()
def brokers_restarted_in_turn(cluster):
    """A roll-out of brokers: each partition and each coordinator moves several times."""
    cluster.begin()
    for node in cluster.dice.sample(cluster.nodes, len(cluster.nodes)):
        cluster.kafka.run("stop", node)
        cluster.wait_for_more()
        cluster.kafka.run("start-node", node)


@fault()
def all_brokers_killed(cluster):
    """All brokers die at once: what they had acknowledged and not flushed is in the page cache."""
    cluster.begin()
    cluster.kafka.run("kill")
    cluster.say("Kafka is away")
    cluster.kafka.start()
    cluster.wait_for_more(180)


@fault(nodes=1)
def producer_fenced(cluster):
    """Somebody else uses a lane's transactional id: the lane takes it back."""
    cluster.begin()
    for _ in range(2):
        lane = cluster.dice.randrange(LANES)
        producer = Producer({"bootstrap.servers": cluster.bootstrap,
                             "transactional.id": f"xorca-{lane}"})
        producer.init_transactions(30)
        cluster.somebody_says("lane waits and tries again", f"lane={lane} ", "conflict")
        cluster.wait_for_more()


@fault()
def quota(cluster):
    """Brokers throttle every producer to 20 KB/s for a while: slow, and nothing else."""
    cluster.begin()
    cluster.kafka.run("configs", "--alter", "--entity-type", "clients", "--entity-default",
                      "--add-config", "producer_byte_rate=20000,consumer_byte_rate=100000")
    pause(10)
    cluster.kafka.run("configs", "--alter", "--entity-type", "clients", "--entity-default",
                      "--delete-config", "producer_byte_rate,consumer_byte_rate")


@fault(nodes=1, kafka=["--users"], KAFKA_SECURITY_PROTOCOL="SASL_PLAINTEXT",
       KAFKA_SASL_MECHANISM="PLAIN", KAFKA_SASL_USERNAME="worker",
       KAFKA_SASL_PASSWORD="worker-secret")
def topic_not_authorized(cluster):
    """The right to write one topic is taken away: the lane that needs it says so and waits, the
    others live."""
    name = "cmd.books.fetch"
    everybody = [ResourceType.TOPIC, name, ResourcePatternType.LITERAL, "User:*", "*",
                 AclOperation.ALL, AclPermissionType.ALLOW]
    worker = [ResourceType.TOPIC, name, ResourcePatternType.LITERAL, "User:worker", "*",
              AclOperation.WRITE, AclPermissionType.DENY]
    done(cluster.admin.create_acls([AclBinding(*everybody), AclBinding(*worker)]))
    users = cluster.kafka.variables["XORCA_TEST_KAFKA_USERS"]
    cluster.begin_workers(KAFKA_BOOTSTRAP_SERVERS=users)
    cluster.run("start", "book-summary", "--input", f"@{EXAMPLE}/input.json", "--process-id", "one")
    cluster.somebody_says("lane waits and tries again", name, "Topic authorization failed")
    lane = int(cluster.sql("SELECT lane FROM xorca.orchestration")[0][0])
    pause(3)
    waits = [line for program in cluster.workers for line in cluster.lines(program, "lane waits")]
    expect(all(f"lane={lane} " in line for line in waits), f"lane {lane} alone waits: {waits}")
    reasons = [line.partition("reason=")[2] for line in waits]
    expect(len(reasons) <= 2, f"it is said when it happens, and at the take-over: {reasons}")
    done(cluster.admin.delete_acls([AclBindingFilter(*worker)]))
    cluster.begin_load(extra=1)


@fault(nodes=1)
def message_too_large(cluster):
    """A topic takes no records of the size that it is sent: each is in the dead letter topic, in
    its place, and the lane goes on."""
    small = ConfigResource(ConfigResource.Type.TOPIC, "notif.books.summarised")
    small.add_incremental_config(ConfigEntry(
        "max.message.bytes", "500", incremental_operation=AlterConfigOpType.SET))
    done(cluster.admin.incremental_alter_configs([small]))
    cluster.begin()
    cluster.somebody_says("record cannot be published", "notif.books.summarised")
    cluster.run_out()
    cluster.seen = outputs_by_subject(cluster)
    dead = cluster.read(r"xorca\.dead")
    for message in dead:
        reason = headers_of(message)["xorca-dead-letter-reason"]
        expect("arge" in reason, f"the reason is the size: {reason}")
        subject = message.key().decode()
        place = cluster.seen[subject]["notif.books.summarised"]
        expect(not place, f"{subject} has one dead letter, or none")
        place.append((attributes_of(message), message))


@fault(nodes=1)
def topic_made_again(cluster):
    """A topic that is consumed is deleted and made again: the lanes that had read it stop, and
    `xorca lanes resume` lets them go on with what is in it now."""
    name = "evt.books.fetch.error"
    for lane in range(LANES):
        cluster.send(name, b"no event", partition=lane)
    cluster.begin()
    read = f"SELECT count(*) FROM xorca.lane WHERE positions ? '{name}'"
    wait_until(lambda: cluster.sql(read) == [[str(LANES)]], 30, "all lanes have read it")
    done(cluster.admin.delete_topics([name]))
    wait_until(lambda: name not in cluster.topics(), 20, "it is gone")
    done(cluster.admin.create_topics([NewTopic(name, LANES)]))
    for lane in range(LANES):
        cluster.somebody_says("Kafka went backwards", name, f"xorca lanes resume --lane {lane}`")
    expect(stopped_lanes(cluster) == list(range(LANES)), "xorca lanes shows them")
    for lane in range(LANES):
        resume(cluster, lane, "deleted and made again")
    cluster.say("lane begins anew")
    cluster.wait_for_more()
