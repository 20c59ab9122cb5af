"""Certificates for the captures, good and bad, made with Python cryptography."""
import datetime
import pathlib
import subprocess
import tempfile

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

NOW = datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0)
DAY = datetime.timedelta(days=1)


def name(common, organisation="CH de Sainte-Auscultation"):
    return x509.Name([x509.NameAttribute(NameOID.COUNTRY_NAME, "FR"),
                      x509.NameAttribute(NameOID.ORGANIZATION_NAME, organisation),
                      x509.NameAttribute(NameOID.COMMON_NAME, common)])


def make(common, issuer=None, bits=2048, curve=False, start=-30, end=335, names=(), sha1=False, authority=False):
    """(certificate, key): self-signed, or signed by `issuer` = (certificate, key); days are relative to now."""
    key = ec.generate_private_key(ec.SECP256R1()) if curve else rsa.generate_private_key(65537, bits)
    subject = name(common)
    builder = (x509.CertificateBuilder().subject_name(subject).issuer_name(issuer[0].subject if issuer else subject)
               .public_key(key.public_key()).serial_number(x509.random_serial_number())
               .not_valid_before(NOW + start * DAY).not_valid_after(NOW + end * DAY)
               .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True))
    if names:
        builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(n) for n in names]), critical=False)
    certificate = builder.sign(issuer[1] if issuer else key, hashes.SHA256())
    return (sign_sha1(certificate, key, issuer, end) if sha1 else certificate), key


def sign_sha1(certificate, key, issuer, days):
    """The same subject and key signed again with SHA-1, which Python cryptography no longer does and openssl still can."""
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        for name, content in zip(("ca.pem", "ca.key"), pem(issuer)):
            (folder / name).write_bytes(content)
        (folder / "key").write_bytes(pem((certificate, key))[1])
        subject = "/" + "/".join(reversed(certificate.subject.rfc4514_string().split(",")))
        subprocess.run(["openssl", "req", "-new", "-key", "key", "-subj", subject, "-out", "csr"], cwd=folder, check=True, capture_output=True)
        subprocess.run(["openssl", "x509", "-req", "-in", "csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-sha1", "-days", str(days),
                        "-set_serial", str(certificate.serial_number), "-out", "out"], cwd=folder, check=True, capture_output=True)
        return x509.load_pem_x509_certificate((folder / "out").read_bytes())


def pem(pair):
    """(certificate, key) as PEM bytes."""
    return (pair[0].public_bytes(serialization.Encoding.PEM),
            pair[1].private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL,
                                  serialization.NoEncryption()))


def facts(pair):
    """What a scanner should read from the certificate."""
    certificate, key = pair
    return {"subject_cn": certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value,
            "subject_o": certificate.subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)[0].value,
            "issuer_cn": certificate.issuer.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value,
            "serial_number": f"{certificate.serial_number:x}",
            "not_before": certificate.not_valid_before_utc.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "not_after": certificate.not_valid_after_utc.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "self_signed": certificate.subject == certificate.issuer,
            "key": f"EC {key.curve.name}" if isinstance(key, ec.EllipticCurvePrivateKey) else f"RSA {key.key_size}",
            "signature_hash": certificate.signature_hash_algorithm.name,
            "sha256": certificate.fingerprint(hashes.SHA256()).hex()}
