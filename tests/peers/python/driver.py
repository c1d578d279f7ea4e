"""Runs the jobs on standard input, one a line (see tests/src/peers/driver.rs), and answers each with a line."""

import os
import sys

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives import padding as symmetric_padding
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key, pkcs7, pkcs12


def read(name):
    with open(name, "rb") as file:
        return file.read()


def verify(cms, content, root):
    # Taken by its name, so that a release that learns to verify is noticed by the failing cell.
    return pkcs7.pkcs7_verify_der(read(cms), None if content == "-" else read(content), x509.load_pem_x509_certificate(read(root)), [])


def decrypt(cms, certificate, key):
    identity = x509.load_pem_x509_certificate(read(certificate)), load_pem_private_key(read(key), None)
    return pkcs7.pkcs7_decrypt_der(read(cms), *identity, [])


def sign(certificate, key, chain, content, mode, scheme):
    leaf = x509.load_pem_x509_certificate(read(certificate))
    extra = {}
    if scheme == "pss":
        extra["rsa_padding"] = padding.PSS(padding.MGF1(hashes.SHA256()), padding.PSS.DIGEST_LENGTH)
    builder = pkcs7.PKCS7SignatureBuilder().set_data(read(content))
    builder = builder.add_signer(leaf, load_pem_private_key(read(key), None), hashes.SHA256(), **extra)
    for other in x509.load_pem_x509_certificates(read(chain)):
        builder = builder.add_certificate(other)
    options = [pkcs7.PKCS7Options.Binary]
    if mode == "detached":
        options.append(pkcs7.PKCS7Options.DetachedSignature)
    return builder.sign(Encoding.DER, options)


def encrypt(certificate, content, cipher, scheme):
    builder = pkcs7.PKCS7EnvelopeBuilder().set_data(read(content))
    # Asked for what it has no parameter for, it gives its own error, until a release that can.
    extra = {"rsa_padding": padding.OAEP(padding.MGF1(hashes.SHA256()), hashes.SHA256(), None)} if scheme == "oaep" else {}
    builder = builder.add_recipient(x509.load_pem_x509_certificate(read(certificate)), **extra)
    builder = builder.set_content_encryption_algorithm(AESGCM if cipher == "gcm" else algorithms.AES256)
    return builder.encrypt(Encoding.DER, [pkcs7.PKCS7Options.Binary])


def der(tag, *parts):
    body = b"".join(parts)
    length = len(body).to_bytes((len(body).bit_length() + 7) // 8 or 1, "big")
    return bytes([tag]) + (length if len(body) < 0x80 else bytes([0x80 | len(length)]) + length) + body


def oid(text):
    first, second, *rest = (int(arc) for arc in text.split("."))
    octets = b""
    for arc in [40 * first + second, *rest]:
        group = [arc & 0x7F]
        while arc := arc >> 7:
            group.insert(0, 0x80 | arc & 0x7F)
        octets += bytes(group)
    return der(6, octets)


def number(value):
    return der(2, value.to_bytes(value.bit_length() // 8 + 1, "big"))


def oaep(certificate, content, digest, mask, label):
    """The library has no OAEP in its CMS: here its OAEP and its AES stand in an EnvelopedData of our own."""
    recipient = x509.load_pem_x509_certificate(read(certificate))
    key, vector, label = os.urandom(32), os.urandom(16), label.encode()
    names = {"SHA-1": (hashes.SHA1(), "1.3.14.3.2.26"), "SHA-224": (hashes.SHA224(), "2.16.840.1.101.3.4.2.4")}
    for at, found in enumerate([hashes.SHA256(), hashes.SHA384(), hashes.SHA512()], 1):
        names[f"SHA-{found.name[3:]}"] = found, f"2.16.840.1.101.3.4.2.{at}"
    wrapped = recipient.public_key().encrypt(key, padding.OAEP(padding.MGF1(names[mask][0]), names[digest][0], label or None))
    hash_of = lambda name: der(0x30, oid(names[name][1]), der(5))
    parameters = []
    if digest != "SHA-1":
        parameters.append(der(0xA0, hash_of(digest)))
    if mask != "SHA-1":
        parameters.append(der(0xA1, der(0x30, oid("1.2.840.113549.1.1.8"), hash_of(mask))))
    if label:
        parameters.append(der(0xA2, der(0x30, oid("1.2.840.113549.1.1.9"), der(4, label))))
    scheme = der(0x30, oid("1.2.840.113549.1.1.7"), der(0x30, *parameters))
    identifier = der(0x30, recipient.issuer.public_bytes(), number(recipient.serial_number))
    padder = symmetric_padding.PKCS7(128).padder()
    encryptor = Cipher(algorithms.AES256(key), modes.CBC(vector)).encryptor()
    sealed = encryptor.update(padder.update(read(content)) + padder.finalize()) + encryptor.finalize()
    cipher = der(0x30, oid("2.16.840.1.101.3.4.1.42"), der(4, vector))
    recipients = der(0x31, der(0x30, number(0), identifier, scheme, der(4, wrapped)))
    encrypted = der(0x30, oid("1.2.840.113549.1.7.1"), cipher, der(0x80, sealed))
    return der(0x30, oid("1.2.840.113549.1.7.3"), der(0xA0, der(0x30, number(0), recipients, encrypted)))


def p12(kind, password, certificate, key, chain):
    """`KIND` is `best`, `none` or SCHEME:MAC:ROUNDS; a name of `-` is nothing."""
    if kind == "none":
        protection = serialization.NoEncryption()
    elif kind == "best":
        protection = serialization.BestAvailableEncryption(password.encode())
    else:
        scheme, mac, rounds = kind.split(":")
        builder = serialization.PrivateFormat.PKCS12.encryption_builder().kdf_rounds(int(rounds))
        builder = builder.key_cert_algorithm(getattr(pkcs12.PBES, scheme)).hmac_hash(getattr(hashes, mac)())
        protection = builder.build(password.encode())
    leaf = None if certificate == "-" else x509.load_pem_x509_certificate(read(certificate))
    secret = None if key == "-" else load_pem_private_key(read(key), None)
    others = None if chain == "-" else x509.load_pem_x509_certificates(read(chain))
    return pkcs12.serialize_key_and_certificates("Zoé".encode(), secret, leaf, others, protection)


JOBS = {"oaep": oaep, "p12": p12, "verify": verify, "decrypt": decrypt, "sign": sign, "encrypt": encrypt}

for line in sys.stdin:
    kind, *arguments, out = line.rstrip("\n").split("\t")
    try:
        result = JOBS[kind](*arguments)
        with open(out, "wb") as file:
            file.write(result)
        print("ok")
    except BaseException as error:  # a panic of the Rust below is not an Exception
        print("no", type(error).__name__ + ":", " ".join(str(error).split()))
    sys.stdout.flush()
