"""Weak TLS: protocols and suites that current programs no longer speak, and certificates for the wrong host.  python3 weak_tls.py [NAME…]

An OpenSSL that still speaks SSL 2 and SSL 3 is on no registry: `LAENNEC_OLD_OPENSSL` names the program `openssl` built from
github.com/drwetter/openssl-1.0.2.bad (./config no-shared no-asm enable-ssl2 enable-ssl3 enable-ssl3-method enable-weak-ssl-ciphers zlib).
"""
import os
import sys

import lab
lab.need("iproute2", "ethtool", "tcpdump", "tshark", "openssl")
lab.need_pip("cryptography")

import certs
from lab import Lab, choose, debian, decoy, device, finding, service, truth
from web import s_client, s_server

OLD = os.environ.get("LAENNEC_OLD_OPENSSL")
SRV = ("10.20.12.10", "ac:1f:6b:20:0c:0a")       # Supermicro
PC = ("10.20.12.50", "34:e6:d7:20:0c:32")        # Dell
SNI = "serveur.sainte-auscultation.example"


def hosts(l):
    return l.host("serveur", SRV[0] + "/24", SRV[1]), l.host("poste", PC[0] + "/24", PC[1])


def tls_weak_suites():
    """Each weakness on a port of its own; the client offers everything, the server chooses what it was told to."""
    if not OLD:
        print("tls-weak-suites: LAENNEC_OLD_OPENSSL is not set, left as it is", file=sys.stderr)
        return
    env = {"OPENSSL_CONF": "/dev/null"}
    plan = {4441: ("SSL 2", "ssl2", ["-ssl2"], "SSLv2", None, []),
            4442: ("SSL 3", "ssl3", ["-ssl3", "-cipher", "AES128-SHA"], "SSLv3", "TLS_RSA_WITH_AES_128_CBC_SHA", []),
            4443: ("cipher without encryption", None, ["-tls1_2", "-cipher", "NULL-SHA256"], "TLSv1.2", "TLS_RSA_WITH_NULL_SHA256", []),
            4444: ("cipher of export strength", None, ["-tls1", "-cipher", "EXP-RC4-MD5"], "TLSv1.0", "TLS_RSA_EXPORT_WITH_RC4_40_MD5", []),
            4445: ("cipher without authentication", None, ["-tls1_2", "-cipher", "ADH-AES128-SHA256"], "TLSv1.2", "TLS_DH_anon_WITH_AES_128_CBC_SHA256", []),
            4446: ("RC4 chosen", None, ["-tls1_2", "-cipher", "RC4-SHA"], "TLSv1.2", "TLS_RSA_WITH_RC4_128_SHA", []),
            4447: ("DES chosen", None, ["-tls1_2", "-cipher", "DES-CBC-SHA"], "TLSv1.2", "TLS_RSA_WITH_DES_CBC_SHA", []),
            4448: ("3DES chosen", None, ["-tls1_2", "-cipher", "DES-CBC3-SHA"], "TLSv1.2", "TLS_RSA_WITH_3DES_EDE_CBC_SHA", []),
            4449: ("no forward secrecy", None, ["-tls1_2", "-cipher", "AES256-GCM-SHA384"], "TLSv1.2", "TLS_RSA_WITH_AES_256_GCM_SHA384", []),
            4450: ("TLS compression", None, ["-tls1_2", "-cipher", "ECDHE-RSA-AES128-GCM-SHA256"], "TLSv1.2", "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", ["deflate"])}
    wire = {"SSLv3": "0x0300", "TLSv1.0": "0x0301", "TLSv1.2": "0x0303"}
    with Lab() as l:
        s, a = hosts(l)
        authority = certs.make("Sainte-Auscultation Test CA", authority=True)
        pair = certs.make(SNI, authority, names=[SNI])
        certificate, key = (s.write(name, content) for name, content in zip(("cert.pem", "key.pem"), certs.pem(pair)))
        for port, (_, _, options, _, _, compression) in plan.items():
            s.spawn([OLD, "s_server", "-accept", str(port), "-cert", certificate, "-key", key, "-quiet", *options, *([] if compression or "-ssl2" in options else ["-no_comp"])], port, env=env)
        with l.record("tls-weak-suites") as c:
            for port, (_, _, options, *_) in plan.items():
                mine = [o for o in options if o in ("-ssl2", "-ssl3", "-tls1", "-tls1_2")]
                suites = [] if "-ssl2" in mine else ["-cipher", "ALL:eNULL"]
                name = [] if "-ssl2" in mine or "-ssl3" in mine else ["-servername", SNI]
                a.run([OLD, "s_client", "-connect", f"{SRV[0]}:{port}", *mine, *suites, *name], input="GET /?nom=CANARYQUERY HTTP/1.0\r\n\r\n", check=False, env=env)
        services, findings = [], []
        for port, (kind, _, _, version, suite, compression) in plan.items():
            if version == "SSLv2":
                proof = f"tcp.srcport == {port} && tls.record.version == 0x0002"
            else:
                proof = f"tcp.srcport == {port} && tls.handshake.type == 2 && tls.handshake.version == {wire[version]}"
                if compression:
                    proof += " && tls.handshake.comp_method == 1"
            services.append(service(SRV[0], port, "tls", proof, **({"version_chosen": [version]} | ({"cipher": [suite]} if suite else {}) | ({"compression": compression} if compression else {}))))
            findings.append(finding(kind, SRV[0], port, proof=proof))
        c.publish(truth("Ten weaknesses of TLS, each on a port of its own of an OpenSSL 1.0.2 that still has them: SSL 2, SSL 3, suites without encryption, of export strength, "
                        "without authentication, RC4, DES, 3DES, without forward secrecy, compression.", ["OpenSSL 1.0.2-chacha (github.com/drwetter/openssl-1.0.2.bad)"],
                        services, [device(*SRV), device(*PC)], findings, canaries=["CANARYQUERY"], decode_as=[f"tcp.port=={p},tls" for p in plan]))


def tls_wrong_host():
    """Certificates for another host, made to last, of a product as it left the factory; and one that is right."""
    with Lab() as l:
        s, a = hosts(l)
        authority = certs.make("Sainte-Auscultation Test CA", authority=True)
        plan = {4451: ("certificate for another host", certs.make("autre.sainte-auscultation.example", authority, names=["autre.sainte-auscultation.example"])),
                4452: (None, certs.make(SNI, authority, names=["*.sainte-auscultation.example"])),
                4453: ("default certificate of a product", default_certificate())}
        for port, (_, pair) in plan.items():
            s_server(s, port, pair, "-tls1_2")
        with l.record("tls-wrong-host") as c:
            for port in plan:
                s_client(a, SRV[0], port, "-servername", SNI, "-tls1_2")
        services, findings, decoys = [], [], []
        for port, (kind, pair) in plan.items():
            proof = f"tcp.srcport == {port} && tls.handshake.type == 11"
            services.append(service(SRV[0], port, "tls", proof, tls_version="1.2", sni=[SNI]))
            if kind:
                findings.append(finding(kind, SRV[0], port, proof=proof))
            else:
                decoys.append(decoy("certificate for another host", "its name is a pattern that the server's name fits", SRV[0], port, proof=proof))
        c.publish(truth("TLS 1.2 with a certificate for another host, with one for every host of the domain, and with the one that OpenSSL's own configuration makes.",
                        [debian("openssl")], services, [device(*SRV), device(*PC)], findings, decoys, canaries_hidden=["CANARYQUERY"], decode_as=[f"tcp.port=={p},tls" for p in plan]))


def default_certificate():
    """Subject as OpenSSL's own configuration offers it, self-signed, for ten years."""
    previous = certs.name
    certs.name = lambda common, organisation=None: previous(common, "Internet Widgits Pty Ltd")
    try:
        return certs.make("localhost", start=-100, end=3552)
    finally:
        certs.name = previous


if __name__ == "__main__":
    choose(tls_weak_suites, tls_wrong_host)
