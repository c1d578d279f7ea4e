// Runs the jobs on standard input, one a line (see tests/src/peers/driver.rs), and answers each with a line.
const fs = require("fs");
const { webcrypto, createPrivateKey } = require("crypto");
const { createRequire } = require("module");
// The packages lie in the cache, not beside this file.
const load = createRequire(process.argv[2] + "/");
const pkijs = load("pkijs");
const asn1js = load("asn1js");

pkijs.setEngine("node", new pkijs.CryptoEngine({ name: "node", crypto: webcrypto, subtle: webcrypto.subtle }));

const buffer = (bytes) => bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length);
const read = (name) => buffer(fs.readFileSync(name));
const certificates = (name) =>
  [...fs.readFileSync(name, "latin1").matchAll(/-----BEGIN CERTIFICATE-----([^-]*)-----END/g)].map((found) =>
    pkijs.Certificate.fromBER(buffer(Buffer.from(found[1], "base64"))),
  );
const certificate = (name) => certificates(name)[0];
const pkcs8 = (name) => buffer(createPrivateKey(fs.readFileSync(name)).export({ type: "pkcs8", format: "der" }));

async function verify(cms, content, root) {
  const signed = new pkijs.SignedData({ schema: pkijs.ContentInfo.fromBER(read(cms)).content });
  const data = content === "-" ? undefined : read(content);
  const verdict = await signed.verify({
    signer: 0,
    checkChain: true,
    trustedCerts: certificates(root),
    data,
    extendedMode: true,
  });
  if (!verdict.signatureVerified || !verdict.signerCertificateVerified) {
    throw new Error(`signature ${verdict.signatureVerified}, certificate ${verdict.signerCertificateVerified}: ${verdict.message}`);
  }
  return data || signed.encapContentInfo.eContent.getValue();
}

async function decrypt(cms, leaf, key) {
  const enveloped = new pkijs.EnvelopedData({ schema: pkijs.ContentInfo.fromBER(read(cms)).content });
  return enveloped.decrypt(0, { recipientCertificate: certificate(leaf), recipientPrivateKey: pkcs8(key) });
}

async function sign(leaf, key, chain, content, mode, scheme) {
  const type = createPrivateKey(fs.readFileSync(key));
  const algorithm = {
    rsa: { name: scheme === "pss" ? "RSA-PSS" : "RSASSA-PKCS1-v1_5", hash: "SHA-256" },
    ec: { name: "ECDSA", namedCurve: type.asymmetricKeyDetails.namedCurve === "secp384r1" ? "P-384" : "P-256" },
    ed25519: { name: "Ed25519" },
  }[type.asymmetricKeyType];
  const secret = await webcrypto.subtle.importKey("pkcs8", pkcs8(key), algorithm, false, ["sign"]);
  const data = read(content);
  const owner = certificate(leaf);
  const signed = new pkijs.SignedData({
    version: 1,
    encapContentInfo: new pkijs.EncapsulatedContentInfo({ eContentType: "1.2.840.113549.1.7.1" }),
    signerInfos: [
      new pkijs.SignerInfo({
        version: 1,
        sid: new pkijs.IssuerAndSerialNumber({ issuer: owner.issuer, serialNumber: owner.serialNumber }),
      }),
    ],
    certificates: [owner, ...certificates(chain)],
  });
  const digest = await webcrypto.subtle.digest("SHA-256", data);
  signed.signerInfos[0].signedAttrs = new pkijs.SignedAndUnsignedAttributes({
    type: 0,
    attributes: [
      new pkijs.Attribute({
        type: "1.2.840.113549.1.9.3",
        values: [new asn1js.ObjectIdentifier({ value: "1.2.840.113549.1.7.1" })],
      }),
      new pkijs.Attribute({ type: "1.2.840.113549.1.9.5", values: [new asn1js.UTCTime({ valueDate: new Date() })] }),
      new pkijs.Attribute({
        type: "1.2.840.113549.1.9.4",
        values: [new asn1js.OctetString({ valueHex: digest })],
      }),
    ],
  });
  if (mode === "opaque") {
    signed.encapContentInfo.eContent = new asn1js.OctetString({ valueHex: data });
  }
  await signed.sign(secret, 0, "SHA-256", data);
  return new pkijs.ContentInfo({ contentType: "1.2.840.113549.1.7.2", content: signed.toSchema(true) }).toSchema().toBER(false);
}

async function encrypt(leaf, content, cipher, scheme) {
  const enveloped = new pkijs.EnvelopedData();
  const owner = certificate(leaf);
  const options = scheme === "oaep" ? { oaepHashAlgorithm: "SHA-256" } : { kdfAlgorithm: "SHA-256", kekEncryptionLength: 256 };
  enveloped.addRecipientByCertificate(owner, options, undefined, undefined);
  const algorithm = { name: cipher === "gcm" ? "AES-GCM" : "AES-CBC", length: 256 };
  await enveloped.encrypt(algorithm, read(content));
  return new pkijs.ContentInfo({ contentType: "1.2.840.113549.1.7.3", content: enveloped.toSchema() }).toSchema().toBER(false);
}

const jobs = { verify, decrypt, sign, encrypt };
(async () => {
  for (const line of fs.readFileSync(0, "utf8").split("\n").filter(Boolean)) {
    const [kind, ...rest] = line.split("\t");
    const out = rest.pop();
    try {
      fs.writeFileSync(out, Buffer.from(await jobs[kind](...rest)));
      console.log("ok");
    } catch (error) {
      console.log("no", String(error).split(/\s+/).join(" "));
    }
  }
})();
