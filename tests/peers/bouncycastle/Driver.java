import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.FileInputStream;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.Security;
import java.security.cert.CertPathBuilder;
import java.security.cert.CertStore;
import java.security.cert.CertificateFactory;
import java.security.cert.CollectionCertStoreParameters;
import java.security.cert.PKIXBuilderParameters;
import java.security.cert.TrustAnchor;
import java.security.cert.X509CertSelector;
import java.security.cert.X509Certificate;
import java.security.interfaces.ECPublicKey;
import java.security.spec.MGF1ParameterSpec;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import javax.crypto.spec.OAEPParameterSpec;
import javax.crypto.spec.PSource;
import org.bouncycastle.asn1.ASN1Primitive;
import org.bouncycastle.asn1.cms.CMSObjectIdentifiers;
import org.bouncycastle.asn1.cms.ContentInfo;
import org.bouncycastle.asn1.nist.NISTObjectIdentifiers;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.asn1.pkcs.RSAESOAEPparams;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.cert.jcajce.JcaCertStore;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509CertificateHolder;
import org.bouncycastle.cms.CMSAlgorithm;
import org.bouncycastle.cms.CMSAuthEnvelopedData;
import org.bouncycastle.cms.CMSAuthEnvelopedDataGenerator;
import org.bouncycastle.cms.CMSEnvelopedData;
import org.bouncycastle.cms.CMSEnvelopedDataGenerator;
import org.bouncycastle.cms.CMSProcessableByteArray;
import org.bouncycastle.cms.CMSSignedData;
import org.bouncycastle.cms.CMSSignedDataGenerator;
import org.bouncycastle.cms.KeyAgreeRecipientInformation;
import org.bouncycastle.cms.Recipient;
import org.bouncycastle.cms.RecipientInfoGenerator;
import org.bouncycastle.cms.RecipientInformation;
import org.bouncycastle.cms.RecipientInformationStore;
import org.bouncycastle.cms.SignerInformation;
import org.bouncycastle.cms.jcajce.JcaSimpleSignerInfoGeneratorBuilder;
import org.bouncycastle.cms.jcajce.JcaSimpleSignerInfoVerifierBuilder;
import org.bouncycastle.cms.jcajce.JceCMSContentEncryptorBuilder;
import org.bouncycastle.cms.jcajce.JceKeyAgreeEnvelopedRecipient;
import org.bouncycastle.cms.jcajce.JceKeyAgreeRecipientInfoGenerator;
import org.bouncycastle.cms.jcajce.JceKeyTransEnvelopedRecipient;
import org.bouncycastle.cms.jcajce.JceKeyTransRecipientInfoGenerator;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.bouncycastle.openssl.PEMParser;
import org.bouncycastle.openssl.jcajce.JcaPEMKeyConverter;
import org.bouncycastle.operator.OutputAEADEncryptor;
import org.bouncycastle.operator.OutputEncryptor;
import org.bouncycastle.operator.jcajce.JcaAlgorithmParametersConverter;
import org.bouncycastle.pkcs.PKCS12PfxPduBuilder;
import org.bouncycastle.pkcs.PKCS12SafeBag;
import org.bouncycastle.pkcs.jcajce.JcaPKCS12SafeBagBuilder;
import org.bouncycastle.pkcs.jcajce.JcePKCS12MacCalculatorBuilder;
import org.bouncycastle.pkcs.jcajce.JcePKCSPBEOutputEncryptorBuilder;

/** Runs the jobs on standard input, one a line (see tests/src/peers/driver.rs), and answers each with a line. */
public final class Driver {
    public static void main(String[] arguments) throws Exception {
        Security.addProvider(new BouncyCastleProvider());
        BufferedReader jobs = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = jobs.readLine(); line != null; line = jobs.readLine()) {
            String[] job = line.split("\t");
            try {
                byte[] out = run(job);
                Files.write(Paths.get(job[job.length - 1]), out);
                System.out.println("ok");
            } catch (Throwable error) {
                System.out.println("no " + error.toString().replace('\n', ' ').replace('\r', ' '));
            }
        }
    }

    private static byte[] run(String[] job) throws Exception {
        switch (job[0]) {
            case "verify": return verify(read(job[1]), job[2].equals("-") ? null : read(job[2]), certificate(job[3]));
            case "decrypt": return decrypt(read(job[1]), certificate(job[2]), key(job[3]));
            case "sign": return sign(certificate(job[1]), key(job[2]), chain(job[3]), read(job[4]), job[5], job[6]);
            case "encrypt": return encrypt(certificate(job[1]), read(job[2]), job[3], job[4]);
            case "oaep": return oaep(certificate(job[1]), read(job[2]), job[3], job[4], job[5]);
            case "p12": return p12(job[1], job[2], job[3], job[4], job[5]);
            default: throw new IllegalArgumentException("unknown job " + job[0]);
        }
    }

    private static byte[] verify(byte[] cms, byte[] content, X509Certificate root) throws Exception {
        CMSSignedData signed = content == null
            ? new CMSSignedData(cms)
            : new CMSSignedData(new CMSProcessableByteArray(content), cms);
        List<X509Certificate> certificates = new ArrayList<>();
        for (X509CertificateHolder holder : signed.getCertificates().getMatches(null)) {
            certificates.add(new JcaX509CertificateConverter().setProvider("BC").getCertificate(holder));
        }
        Collection<SignerInformation> signers = signed.getSignerInfos().getSigners();
        if (signers.isEmpty()) {
            throw new Exception("no signer");
        }
        for (SignerInformation signer : signers) {
            Collection<X509CertificateHolder> found = signed.getCertificates().getMatches(signer.getSID());
            X509CertificateHolder holder = found.iterator().next();
            X509Certificate leaf = new JcaX509CertificateConverter().setProvider("BC").getCertificate(holder);
            X509CertSelector target = new X509CertSelector();
            target.setCertificate(leaf);
            PKIXBuilderParameters path = new PKIXBuilderParameters(Set.of(new TrustAnchor(root, null)), target);
            path.setRevocationEnabled(false);
            path.addCertStore(CertStore.getInstance("Collection", new CollectionCertStoreParameters(certificates), "BC"));
            CertPathBuilder.getInstance("PKIX", "BC").build(path);
            if (!signer.verify(new JcaSimpleSignerInfoVerifierBuilder().setProvider("BC").build(leaf))) {
                throw new Exception("the signature does not verify");
            }
        }
        return content == null ? (byte[]) signed.getSignedContent().getContent() : content;
    }

    private static byte[] decrypt(byte[] cms, X509Certificate certificate, PrivateKey key) throws Exception {
        ContentInfo outer = ContentInfo.getInstance(ASN1Primitive.fromByteArray(cms));
        boolean authenticated = outer.getContentType().equals(CMSObjectIdentifiers.authEnvelopedData);
        RecipientInformationStore recipients = authenticated
            ? new CMSAuthEnvelopedData(cms).getRecipientInfos()
            : new CMSEnvelopedData(cms).getRecipientInfos();
        for (RecipientInformation recipient : recipients.getRecipients()) {
            if (recipient.getRID().match(new JcaX509CertificateHolder(certificate))) {
                Recipient with = recipient instanceof KeyAgreeRecipientInformation
                    ? new JceKeyAgreeEnvelopedRecipient(key).setProvider("BC")
                    : new JceKeyTransEnvelopedRecipient(key).setProvider("BC");
                return recipient.getContent(with);
            }
        }
        throw new Exception("no recipient matches");
    }

    private static byte[] sign(X509Certificate certificate, PrivateKey key, List<X509Certificate> chain, byte[] content,
            String mode, String scheme) throws Exception {
        String algorithm;
        switch (key.getAlgorithm()) {
            case "RSA": algorithm = scheme.equals("pss") ? "SHA256withRSAandMGF1" : "SHA256withRSA"; break;
            case "Ed25519": algorithm = "Ed25519"; break;
            default: algorithm = "SHA256withECDSA";
        }
        CMSSignedDataGenerator generator = new CMSSignedDataGenerator();
        generator.addSignerInfoGenerator(
            new JcaSimpleSignerInfoGeneratorBuilder().setProvider("BC").build(algorithm, key, certificate));
        chain.add(0, certificate);
        generator.addCertificates(new JcaCertStore(chain));
        return generator.generate(new CMSProcessableByteArray(content), mode.equals("opaque")).getEncoded("DER");
    }

    private static byte[] encrypt(X509Certificate certificate, byte[] content, String cipher, String scheme) throws Exception {
        RecipientInfoGenerator recipient;
        if (certificate.getPublicKey() instanceof ECPublicKey) {
            KeyPairGenerator pairs = KeyPairGenerator.getInstance("EC", "BC");
            pairs.initialize(((ECPublicKey) certificate.getPublicKey()).getParams());
            KeyPair pair = pairs.generateKeyPair();
            recipient = new JceKeyAgreeRecipientInfoGenerator(CMSAlgorithm.ECDH_SHA256KDF, pair.getPrivate(),
                pair.getPublic(), CMSAlgorithm.AES256_WRAP).addRecipient(certificate).setProvider("BC");
        } else if (scheme.equals("oaep")) {
            recipient = new JceKeyTransRecipientInfoGenerator(certificate,
                new AlgorithmIdentifier(PKCSObjectIdentifiers.id_RSAES_OAEP, new RSAESOAEPparams())).setProvider("BC");
        } else {
            recipient = new JceKeyTransRecipientInfoGenerator(certificate).setProvider("BC");
        }
        CMSProcessableByteArray data = new CMSProcessableByteArray(content);
        if (cipher.equals("gcm")) {
            CMSAuthEnvelopedDataGenerator generator = new CMSAuthEnvelopedDataGenerator();
            generator.addRecipientInfoGenerator(recipient);
            OutputEncryptor with = new JceCMSContentEncryptorBuilder(CMSAlgorithm.AES256_GCM).setProvider("BC").build();
            return generator.generate(data, (OutputAEADEncryptor) with).getEncoded();
        }
        CMSEnvelopedDataGenerator generator = new CMSEnvelopedDataGenerator();
        generator.addRecipientInfoGenerator(recipient);
        return generator.generate(data,
            new JceCMSContentEncryptorBuilder(CMSAlgorithm.AES256_CBC).setProvider("BC").build()).getEncoded();
    }

    private static byte[] oaep(X509Certificate certificate, byte[] content, String digest, String mask, String label)
            throws Exception {
        AlgorithmIdentifier scheme = new JcaAlgorithmParametersConverter().getAlgorithmIdentifier(
            PKCSObjectIdentifiers.id_RSAES_OAEP,
            new OAEPParameterSpec(digest, "MGF1", new MGF1ParameterSpec(mask),
                new PSource.PSpecified(label.getBytes(StandardCharsets.UTF_8))));
        CMSEnvelopedDataGenerator generator = new CMSEnvelopedDataGenerator();
        generator.addRecipientInfoGenerator(
            new JceKeyTransRecipientInfoGenerator(certificate, scheme).setProvider("BC"));
        return generator.generate(new CMSProcessableByteArray(content),
            new JceCMSContentEncryptorBuilder(CMSAlgorithm.AES256_CBC).setProvider("BC").build()).getEncoded();
    }

    /** Keys and certificates are lists parted by commas; `-` is none. */
    private static byte[] p12(String kind, String password, String certificates, String keys, String chain)
            throws Exception {
        char[] secret = password.equals("-") ? new char[0] : password.toCharArray();
        List<X509Certificate> leaves = new ArrayList<>();
        List<PrivateKey> owners = new ArrayList<>();
        for (String name : certificates.equals("-") ? new String[0] : certificates.split(",")) {
            leaves.add(certificate(name));
        }
        for (String name : keys.equals("-") ? new String[0] : keys.split(",")) {
            owners.add(key(name));
        }
        List<X509Certificate> issuers = chain.equals("-") ? new ArrayList<>() : chain(chain);
        if (kind.startsWith("PKCS12")) {
            KeyStore store = KeyStore.getInstance(kind, "BC");
            store.load(null, null);
            for (int at = 0; at < leaves.size(); at++) {
                List<X509Certificate> path = new ArrayList<>(issuers);
                path.add(0, leaves.get(at));
                if (at < owners.size()) {
                    store.setKeyEntry("entry " + at, owners.get(at), null, path.toArray(new X509Certificate[0]));
                } else {
                    store.setCertificateEntry("entry " + at, leaves.get(at));
                }
            }
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            store.store(out, secret);
            return out.toByteArray();
        }
        PKCS12PfxPduBuilder file = new PKCS12PfxPduBuilder();
        for (PrivateKey owner : owners) {
            JcaPKCS12SafeBagBuilder bag = kind.equals("plain")
                ? new JcaPKCS12SafeBagBuilder(owner)
                : new JcaPKCS12SafeBagBuilder(owner, encryptor(kind, secret));
            file.addData(bag.build());
        }
        leaves.addAll(issuers);
        PKCS12SafeBag[] bags = new PKCS12SafeBag[leaves.size()];
        for (int at = 0; at < bags.length; at++) {
            bags[at] = new JcaPKCS12SafeBagBuilder(leaves.get(at)).build();
        }
        if (kind.equals("plain")) {
            for (PKCS12SafeBag bag : bags) {
                file.addData(bag);
            }
            return file.build(null, null).getEncoded("DER");
        }
        file.addEncryptedData(encryptor(kind, secret), bags);
        JcePKCS12MacCalculatorBuilder mac = new JcePKCS12MacCalculatorBuilder();
        return file.build(kind.endsWith("-no-mac") ? null : mac.setProvider("BC"), secret).getEncoded();
    }

    private static OutputEncryptor encryptor(String kind, char[] secret) throws Exception {
        JcePKCSPBEOutputEncryptorBuilder builder = kind.startsWith("aes")
            ? new JcePKCSPBEOutputEncryptorBuilder(NISTObjectIdentifiers.id_aes192_CBC)
            : new JcePKCSPBEOutputEncryptorBuilder(PKCSObjectIdentifiers.pbeWithSHAAnd128BitRC2_CBC);
        return builder.setProvider("BC").setIterationCount(3000).build(secret);
    }

    private static byte[] read(String name) throws Exception {
        return Files.readAllBytes(Path.of(name));
    }

    private static X509Certificate certificate(String name) throws Exception {
        try (InputStream input = new FileInputStream(name)) {
            return (X509Certificate) CertificateFactory.getInstance("X.509", "BC").generateCertificate(input);
        }
    }

    private static List<X509Certificate> chain(String name) throws Exception {
        List<X509Certificate> chain = new ArrayList<>();
        try (InputStream input = new FileInputStream(name)) {
            for (Object one : CertificateFactory.getInstance("X.509", "BC").generateCertificates(input)) {
                chain.add((X509Certificate) one);
            }
        }
        return chain;
    }

    private static PrivateKey key(String name) throws Exception {
        try (PEMParser parser = new PEMParser(Files.newBufferedReader(Path.of(name)))) {
            Object found = parser.readObject();
            return new JcaPEMKeyConverter().setProvider("BC").getPrivateKey((PrivateKeyInfo) found);
        }
    }
}
