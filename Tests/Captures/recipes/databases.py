"""Databases and message brokers, in clear and behind TLS.  python3 databases.py [NAME…]"""
import os
import time

import lab
lab.need("iproute2", "ethtool", "tcpdump", "tshark", "mariadb-server", "mariadb-client", "postgresql-15", "postgresql-client-15", "redis-server", "redis-tools",
         "mosquitto", "mosquitto-clients", "rabbitmq-server", "memcached", "openssl")
lab.need_pip("cryptography", "pika", "python-qpid-proton", "pymysql", "kafka-python")

import certs
from lab import PYTHON, Lab, choose, debian, decoy, device, finding, pypi, service, truth

USER, PASSWORD = "canaryuser", "CanaryPwd!42"
SRV = ("10.20.11.10", "ac:1f:6b:20:0b:0a")       # Supermicro
ADM = ("10.20.11.50", "34:e6:d7:20:0b:32")       # Dell
DEVICES = [device(*SRV), device(*ADM)]


def pair(l):
    s, a = l.host("bdd", SRV[0] + "/24", SRV[1]), l.host("poste", ADM[0] + "/24", ADM[1])
    s.tmpfs.append("/run")
    return s, a


def certificate(s):
    """Paths of a certificate and its key that any user of the host can read."""
    authority = certs.make("Sainte-Auscultation Test CA", authority=True)
    made = certs.make("bdd.sainte-auscultation.example", authority, names=["bdd.sainte-auscultation.example"])
    certificate, key = (s.write(name, content) for name, content in zip(("cert.pem", "key.pem"), certs.pem(made)))
    s.write("ca.pem", certs.pem(authority)[0])
    return certificate, key, certs.facts(made)


def mariadb(s, port, *options):
    data = s.folder / f"data{port}"
    lab.sh(["mariadb-install-db", f"--datadir={data}", "--auth-root-authentication-method=normal", "--skip-test-db", "--skip-name-resolve", "--user=root"])
    first = s.write(f"init{port}.sql", f"CREATE DATABASE canarybase; CREATE TABLE canarybase.t (nom TEXT); INSERT INTO canarybase.t VALUES ('ZZCANARYDUPONT');"
                    f"CREATE USER '{USER}'@'%' IDENTIFIED BY '{PASSWORD}'; GRANT ALL ON canarybase.* TO '{USER}'@'%'; CREATE USER 'canaryempty'@'%';"
                    f"CREATE USER 'canaryed'@'%' IDENTIFIED VIA ed25519 USING PASSWORD('{PASSWORD}');\n".replace("; ", ";\n").replace(";C", ";\nC"))
    s.spawn(["mariadbd", "--no-defaults", "--user=root", f"--datadir={data}", f"--socket={data}/socket", f"--port={port}", "--bind-address=0.0.0.0",
             "--skip-name-resolve", f"--init-file={first}", "--innodb-buffer-pool-size=8M", "--plugin-load-add=auth_ed25519", *options], port)


def mysql_mariadb():
    with Lab() as l:
        s, a = pair(l)
        cert, key, facts = certificate(s)
        mariadb(s, 3306)
        mariadb(s, 3307, f"--ssl-cert={cert}", f"--ssl-key={key}", "--tls-version=TLSv1.2")
        client = ["mariadb", "--no-defaults", "-h", SRV[0], "-e", "SELECT nom FROM canarybase.t WHERE nom = 'ZZCANARYDUPONT'"]
        with l.record("mysql-mariadb") as c:
            a.run([*client, "-P3306", f"-u{USER}", f"-p{PASSWORD}"])
            a.run([*client, "-P3306", "-ucanaryempty"], check=False)
            a.run(["mariadb", "--no-defaults", "-h", SRV[0], "-e", "SELECT 1", "-P3306", "-ucanaryed", f"-p{PASSWORD}"])
            a.run([*client, "-P3306", f"-u{USER}", "-pwrong"], check=False)
            a.run([*client, "-P3307", f"-u{USER}", f"-p{PASSWORD}", "--ssl"])
        version = "5.5.5-" + lab.sh(["mariadbd", "--version"]).stdout.split("Ver ")[1].split()[0] + "-" + debian("mariadb-server").split()[1].split(":")[-1].split("-", 1)[1].split(" ")[0]
        c.publish(truth("MariaDB without TLS: logins with mysql_native_password, with ed25519, without a password, with a wrong one; and with TLS 1.2.",
                        [debian("mariadb-server"), debian("mariadb-client")],
                        [service(SRV[0], 3306, "mysql", 'tcp.srcport == 3306 && mysql.auth_plugin == "mysql_native_password"',
                                 encryption=["clear", "not-offered"], authentication=["mysql-ed25519", "mysql-native"]),
                         service(SRV[0], 3307, "mysql", "tcp.srcport == 3307 && tls.handshake.type == 11", encryption=["offered", "used"], tls_version="1.2", certificate=facts)],
                        DEVICES, [finding("database in clear", SRV[0], 3306, proof='tcp.dstport == 3306 && mysql.query'),
                                  finding("database account without a password", SRV[0], 3306, proof='mysql.user == "canaryempty"')],
                        [decoy("database in clear", "it changes to TLS before the login", SRV[0], 3307, absent="tcp.dstport == 3307 && mysql.user")],
                        [USER, "canaryempty", "canaryed", "canarybase", "ZZCANARYDUPONT"], canaries_hidden=[PASSWORD]))


def postgres(s, port, rules, *options):
    data = s.folder / f"pg{port}"
    binaries = "/usr/lib/postgresql/15/bin"
    s.prepare = [p for p in s.prepare]
    data.mkdir()
    lab.sh(["chown", "postgres:", str(data)])
    secret = s.write(f"pw{port}", PASSWORD)
    lab.sh(["chown", "postgres:", secret])
    lab.sh(["runuser", "-u", "postgres", "--", f"{binaries}/initdb", "-D", str(data), "-U", USER, f"--pwfile={secret}", "-A", "scram-sha-256" if "md5" not in rules else "md5",
            "--no-instructions", "-E", "UTF8", "--locale=C"])
    (data / "pg_hba.conf").write_text(f"{rules}\n")
    s.spawn(["runuser", "-u", "postgres", "--", f"{binaries}/postgres", "-D", str(data), "-h", "0.0.0.0", "-p", str(port), "-k", str(data), "-c", "shared_buffers=8MB",
             "-c", "fsync=off", *options], port)


def postgresql_methods():
    with Lab() as l:
        s, a = pair(l)
        cert, key, facts = certificate(s)
        lab.sh(["chown", "postgres:", cert, key])
        lab.sh(["chmod", "600", key])
        ports = {5432: "trust", 5433: "md5", 5434: "scram-sha-256", 5435: "password"}
        for port, method in ports.items():
            postgres(s, port, f"host all all all {method}")
        postgres(s, 5436, "hostssl all all all scram-sha-256", "-c", "ssl=on", "-c", f"ssl_cert_file={cert}", "-c", f"ssl_key_file={key}", "-c", "ssl_max_protocol_version=TLSv1.2")
        query = ["-U", USER, "-h", SRV[0], "-d", "postgres", "-Atc", "SELECT 'ZZCANARYDUPONT'"]
        with l.record("postgresql-methods") as c:
            for port in [*ports, 5436]:
                a.run(["psql", *query, "-p", str(port)], env={"PGPASSWORD": PASSWORD, "PGSSLMODE": "prefer", "PGGSSENCMODE": "disable"})
        version = lab.sh(["/usr/lib/postgresql/15/bin/postgres", "--version"]).stdout.split(") ", 1)[1].strip().replace("(PostgreSQL) ", "")
        names = {5432: "postgresql-trust", 5433: "postgresql-md5", 5434: "postgresql-scram", 5435: "postgresql-password"}
        services = [service(SRV[0], port, "postgresql", f'tcp.srcport == {port} && pgsql.parameter_name == "server_version"', authentication=[name],
                            encryption=["clear", "refused"]) for port, name in names.items()]
        services.append(service(SRV[0], 5436, "postgresql", "tcp.srcport == 5436 && tls.handshake.type == 11", encryption=["used"], tls_version="1.2", certificate=facts))
        findings = [finding("database in clear", SRV[0], port, proof=f"tcp.dstport == {port} && pgsql.query") for port in names]
        findings += [finding("database lets anybody in (trust)", SRV[0], 5432, proof="tcp.srcport == 5432 && pgsql.authtype == 0"),
                     finding("database login with MD5", SRV[0], 5433, proof="tcp.srcport == 5433 && pgsql.authtype == 5"),
                     finding("database password in clear", SRV[0], 5435, proof="tcp.srcport == 5435 && pgsql.authtype == 3")]
        c.publish(truth("PostgreSQL with each method of authentication on a port of its own: trust, MD5, SCRAM, password in clear; each asked for TLS and refused; and one with "
                        "TLS 1.2.", [debian("postgresql-15")], services, DEVICES, findings,
                        [decoy("database in clear", "it changes to TLS before the login", SRV[0], 5436, absent="tcp.dstport == 5436 && pgsql.query")],
                        [USER, PASSWORD, "ZZCANARYDUPONT"], decode_as=[f"tcp.port=={p},pgsql" for p in [*names, 5436]]))


def redis_auth():
    with Lab() as l:
        s, a = pair(l)
        # Its answer to INFO names the kernel: this one gives another number.
        common = ["setarch", "x86_64", "--uname-2.6", "/usr/bin/redis-server", "--bind", "0.0.0.0", "--protected-mode", "no", "--save", "", "--appendonly", "no", "--dir", str(s.folder)]
        s.spawn([*common, "--port", "6379"], 6379)
        s.spawn([*common, "--port", "6380", "--requirepass", PASSWORD], 6380)
        with l.record("redis-auth") as c:
            for command in (["SET", "canarykey", "ZZCANARYDUPONT"], ["GET", "canarykey"], ["INFO", "server"]):
                a.run(["redis-cli", "-h", SRV[0], "-p", "6379", *command])
            a.run(["redis-cli", "-h", SRV[0], "-p", "6380", "GET", "canarykey"])
            a.run(["redis-cli", "-h", SRV[0], "-p", "6380", "--user", "default", "--pass", PASSWORD, "--no-auth-warning", "GET", "canarykey"])
            a.run(["redis-cli", "-3", "-h", SRV[0], "-p", "6380", "-a", PASSWORD, "--no-auth-warning", "GET", "canarykey"])
        version = "redis/" + lab.sh(["redis-server", "--version"]).stdout.split("v=")[1].split()[0]
        c.publish(truth("Redis without a password, and Redis with one: refused without it, AUTH in RESP2, HELLO in RESP3.", [debian("redis-server")],
                        [service(SRV[0], 6379, "redis", 'tcp.srcport == 6379 && tcp contains "redis_version:"', version=version, encryption=["clear"]),
                         service(SRV[0], 6380, "redis", 'tcp.srcport == 6380 && tcp contains "-NOAUTH "', authentication=["redis-password"], encryption=["clear"])],
                        DEVICES, [finding("database answers without a login", SRV[0], 6379, proof='tcp.srcport == 6379 && tcp contains "ZZCANARYDUPONT"'),
                                  finding("database password in clear", SRV[0], 6380, proof=f'tcp.dstport == 6380 && tcp contains "{PASSWORD}"')],
                        [decoy("database answers without a login", "it asks for a password", SRV[0], 6380, absent='tcp.srcport == 6380 && tcp contains "ZZCANARYDUPONT"')],
                        [PASSWORD, "canarykey", "ZZCANARYDUPONT"], decode_as=["tcp.port==6380,data", "tcp.port==6379,data"]))


def memcached_open():
    with Lab() as l:
        s, a = pair(l)
        s.spawn(["memcached", "-u", "root", "-l", "0.0.0.0", "-p", "11211", "-m", "8"], 11211)
        with l.record("memcached-open") as c:
            a.run([PYTHON, "-c", f"import socket; s = socket.create_connection(('{SRV[0]}', 11211)); f = s.makefile('rb')\n"
                   "for q, n in ((b'set canarykey 0 60 14\\r\\nZZCANARYDUPONT\\r\\n', 1), (b'get canarykey\\r\\n', 3), (b'version\\r\\n', 1)):\n"
                   " s.sendall(q); [f.readline() for _ in range(n)]"])
        version = debian("memcached").split()[1].split("-")[0]
        c.publish(truth("memcached, as Debian configures it but for its address: a value is stored and read.", [debian("memcached")],
                        [service(SRV[0], 11211, "memcached", "tcp.srcport == 11211 && memcache.response", version=version, encryption=["clear"])],
                        DEVICES, [finding("database answers without a login", SRV[0], 11211, proof="tcp.srcport == 11211 && memcache.response")], [],
                        ["canarykey", "ZZCANARYDUPONT"]))


def mqtt_mosquitto():
    with Lab() as l:
        s, a = pair(l)
        cert, key, facts = certificate(s)
        secrets = s.write("passwords", "")
        lab.sh(["mosquitto_passwd", "-b", secrets, USER, PASSWORD])
        configuration = s.write("mosquitto.conf", f"""user root
per_listener_settings true
listener 1883 0.0.0.0
allow_anonymous true
listener 1884 0.0.0.0
allow_anonymous false
password_file {secrets}
listener 8883 0.0.0.0
allow_anonymous true
certfile {cert}
keyfile {key}
""")
        s.spawn(["mosquitto", "-c", configuration], (1883, 1884, 8883))
        publish = ["mosquitto_pub", "-h", SRV[0], "-t", "canary/bloc/ZZCANARYDUPONT", "-m", "CANARYMESSAGE", "-i", "canaryclient"]
        with l.record("mqtt-mosquitto") as c:
            a.run([*publish, "-p", "1883", "-V", "mqttv31"])
            a.run([*publish, "-p", "1883", "-V", "mqttv311", "-q", "1"])
            a.run(["mosquitto_sub", "-h", SRV[0], "-p", "1883", "-t", "$SYS/broker/version", "-C", "1", "-i", "canaryclient"])
            a.run([*publish, "-p", "1884", "-V", "mqttv311"], check=False)
            a.run([*publish, "-p", "1884", "-V", "mqttv5", "-u", USER, "-P", PASSWORD, "-q", "2"])
            a.run([*publish, "-p", "8883", "--cafile", str(s.folder / "ca.pem"), "--insecure", "-u", USER, "-P", PASSWORD])
        version = "mosquitto version " + debian("mosquitto").split()[1].split("-")[0]
        c.publish(truth("mosquitto: clients of MQTT 3.1, 3.1.1 and 5, without a name, with a name and a password, refused without one; and behind TLS.",
                        [debian("mosquitto"), debian("mosquitto-clients")],
                        [service(SRV[0], 1883, "mqtt", "tcp.srcport == 1883 && mqtt.conack.val == 0", versions=["3.1", "3.1.1"], broker=version, encryption=["clear"]),
                         service(SRV[0], 1884, "mqtt", "tcp.srcport == 1884 && mqtt.conack.val == 5", versions=["5"], authentication=["mqtt-password"], encryption=["clear"]),
                         service(SRV[0], 8883, "tls", "tcp.srcport == 8883 && tls.handshake.extensions.supported_version == 0x0304", tls_version="1.3")],
                        DEVICES, [finding("message broker takes clients without a login", SRV[0], 1883, proof="tcp.srcport == 1883 && mqtt.conack.val == 0"),
                                  finding("message broker password in clear", SRV[0], 1884, proof="tcp.dstport == 1884 && mqtt.passwd")], [],
                        [USER, PASSWORD, "canary/bloc/ZZCANARYDUPONT", "CANARYMESSAGE", "canaryclient"], decode_as=["tcp.port==1884,mqtt"]))


AMQP1 = """
import sys
from proton import Message
from proton.handlers import MessagingHandler
from proton.reactor import Container
class Send(MessagingHandler):
    def on_start(self, event):
        self.connection = event.container.connect(sys.argv[1], user=sys.argv[2] or None, password=sys.argv[3] or None, allowed_mechs=sys.argv[4], sasl_enabled=True,
                                                  allow_insecure_mechs=True, reconnect=False)
        event.container.create_sender(self.connection, "canaryqueue")
    def on_sendable(self, event):
        event.sender.send(Message(body="ZZCANARYDUPONT"))
        event.sender.close(); self.connection.close()
    def on_transport_error(self, event): self.connection.close()
    def on_link_error(self, event): self.connection.close()
Container(Send()).run()
"""

AMQP0 = """
import sys, pika
connection = pika.BlockingConnection(pika.ConnectionParameters(sys.argv[1], 5672, '/', pika.PlainCredentials(sys.argv[2], sys.argv[3])))
channel = connection.channel()
channel.queue_declare('canaryqueue')
channel.basic_publish('', 'canaryqueue', 'ZZCANARYDUPONT')
connection.close()
"""


def amqp_rabbitmq():
    with Lab() as l:
        s, a = pair(l)
        home = s.folder / "rabbit"
        home.mkdir()
        lab.sh(["chmod", "777", str(home)])
        s.write("plugins", "[rabbitmq_amqp1_0].\n")
        configuration = s.write("rabbitmq.conf", f"loopback_users = none\ndefault_user = {USER}\ndefault_pass = {PASSWORD}\nlisteners.tcp.1 = 0.0.0.0:5672\n"
                                "auth_mechanisms.1 = PLAIN\nauth_mechanisms.2 = AMQPLAIN\n")
        env = {"RABBITMQ_NODENAME": "canary@localhost", "RABBITMQ_MNESIA_BASE": str(home), "RABBITMQ_LOG_BASE": str(home), "RABBITMQ_ENABLED_PLUGINS_FILE": str(s.folder / "plugins"),
               "RABBITMQ_CONFIG_FILE": configuration.removesuffix(".conf"), "HOME": str(home), "RABBITMQ_PID_FILE": str(home / "pid"), "ERL_EPMD_ADDRESS": "127.0.0.1",
               "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-setcookie canarycookie -kernel inet_dist_use_interface {127,0,0,1}"}
        s.prepare.append("ip link set lo up")
        s.spawn(["/usr/lib/rabbitmq/bin/rabbitmq-server"], 5672, env=env, timeout=90)
        time.sleep(2)
        with l.record("amqp-rabbitmq") as c:
            a.run([PYTHON, "-c", AMQP0, SRV[0], USER, PASSWORD])
            a.run([PYTHON, "-c", AMQP1, f"amqp://{SRV[0]}:5672", USER, PASSWORD, "PLAIN"], check=False)
        version = "RabbitMQ/" + debian("rabbitmq-server").split()[1].split("-")[0]
        c.publish(truth("RabbitMQ in clear: a client of AMQP 0-9-1 and one of AMQP 1.0, both with SASL PLAIN.",
                        [debian("rabbitmq-server"), pypi("pika"), pypi("python-qpid-proton")],
                        [service(SRV[0], 5672, "amqp", 'tcp.srcport == 5672 && amqp.method.method == 10', product=version, versions=["0-9-1", "1.0"],
                                 authentication=["amqp-plain"], encryption=["clear"])],
                        DEVICES, [finding("message broker password in clear", SRV[0], 5672, proof=f'tcp.dstport == 5672 && tcp contains "{PASSWORD}"')], [],
                        [USER, PASSWORD, "canaryqueue", "ZZCANARYDUPONT"]))


if __name__ == "__main__":
    choose(mysql_mariadb, postgresql_methods, redis_auth, memcached_open, mqtt_mosquitto, amqp_rabbitmq)
