//! En français.

use super::{Takes, Words};

pub(super) const WORDS: Words = Words {
    language: "fr",
    file: "notice.html",
    title: "Votre certificat pour le courrier signé et chiffré",
    intro: "Ces fichiers sont à vous seul. Quiconque a le P12 et son mot de passe peut signer en votre nom et lire votre \
            courrier&nbsp;: ne donnez ni l&rsquo;un ni l&rsquo;autre à personne. Le mot de passe est sur un billet séparé.",
    until: "Le certificat est valable jusqu&rsquo;au",
    contents: "Contenu de cette archive",
    is_modern: "votre clé et votre certificat, pour Thunderbird, Evolution, Windows et Outlook actuels",
    is_compat: "les mêmes, pour iPhone, iPad, Mac, les anciens Windows et gpgsm",
    is_root: "le certificat racine, par lequel on reconnaît les autres certificats délivrés ici",
    first: "Avant toute installation&nbsp;: comparez l&rsquo;empreinte",
    compare: "Faites-vous lire l&rsquo;empreinte SHA-256 de la racine, ou regardez-la au tableau, et comparez-la avec celle-ci et \
              avec ce que montre votre messagerie. Si un seul caractère diffère, arrêtez-vous et demandez.",
    sections: &[
        (
            "Thunderbird",
            Takes::Modern,
            &[
                "Paramètres &gt; Vie privée et sécurité &gt; Gérer les certificats &gt; Autorités &gt; Importer&nbsp;: \
                 <code>{root}</code>. Regardez son empreinte&nbsp;; cochez &laquo;&nbsp;Confirmer cette AC pour identifier les \
                 utilisateurs de courrier&nbsp;&raquo;, rien d&rsquo;autre.",
                "Dans la même fenêtre&nbsp;: Vos certificats &gt; Importer&nbsp;: <code>{p12}</code>, avec le mot de passe de votre \
                 billet.",
                "Paramètres des comptes &gt; Chiffrement de bout en bout &gt; S/MIME&nbsp;: sélectionnez votre certificat pour la \
                 signature, et le même pour le chiffrement.",
                "Sur la même page&nbsp;: cochez &laquo;&nbsp;Signer numériquement les messages non chiffrés&nbsp;&raquo;.",
            ],
        ),
        (
            "Windows et Outlook",
            Takes::Modern,
            &[
                "Double-cliquez sur <code>{root}</code> &gt; Installer un certificat &gt; Utilisateur actuel &gt; Placer dans&nbsp;: \
                 Autorités de certification racines de confiance. Windows montre l&rsquo;empreinte et demande confirmation.",
                "Double-cliquez sur <code>{p12}</code> &gt; Utilisateur actuel&nbsp;; tapez le mot de passe de votre billet&nbsp;; laissez \
                 Windows choisir le magasin. Un ancien Windows qui dit que le mot de passe est faux accepte l&rsquo;autre P12.",
                "Outlook&nbsp;: Fichier &gt; Options &gt; Centre de gestion de la confidentialité &gt; Paramètres &gt; Sécurité de la \
                 messagerie &gt; Paramètres&nbsp;: choisissez le certificat de signature et celui de chiffrement, hachage SHA-256, \
                 chiffrement AES-256.",
                "Sur la même page&nbsp;: cochez &laquo;&nbsp;Ajouter la signature numérique aux messages sortants&nbsp;&raquo; et \
                 &laquo;&nbsp;Envoyer les messages signés en texte clair&nbsp;&raquo;.",
            ],
        ),
        (
            "Mac, iPhone, iPad",
            Takes::Compat,
            &[
                "Mac&nbsp;: double-cliquez sur <code>{root}</code>, ajoutez-le au trousseau session, ouvrez-le là &gt; Se fier &gt; \
                 S/MIME&nbsp;: Toujours approuver. iPhone&nbsp;: ouvrez le fichier, Réglages &gt; Profil téléchargé &gt; Installer, puis \
                 Général &gt; Informations &gt; Réglages de confiance des certificats.",
                "Ouvrez <code>{p12}</code> avec le mot de passe de votre billet (iPhone&nbsp;: Réglages &gt; Profil téléchargé &gt; \
                 Installer).",
                "Mail sur Mac&nbsp;: écrivez un nouveau message&nbsp;; le sceau et le cadenas sont à côté de l&rsquo;objet. \
                 iPhone&nbsp;: Réglages &gt; Apps &gt; Mail &gt; Comptes &gt; votre compte &gt; Réglages du compte &gt; Avancé&nbsp;: \
                 signer et chiffrer par défaut.",
            ],
        ),
        (
            "Evolution (Linux)",
            Takes::Modern,
            &[
                "Édition &gt; Préférences &gt; Certificats &gt; Autorités &gt; Importer&nbsp;: <code>{root}</code>, de confiance pour les \
                 utilisateurs de courrier&nbsp;; puis Vos certificats &gt; Importer&nbsp;: <code>{p12}</code>.",
                "Édition &gt; Préférences &gt; Comptes de messagerie &gt; votre compte &gt; Sécurité&nbsp;: choisissez le certificat de \
                 signature et celui de chiffrement, algorithme de signature SHA-256&nbsp;; cochez &laquo;&nbsp;Toujours signer les \
                 messages sortants&nbsp;&raquo;.",
            ],
        ),
    ],
    last_title: "Essayez",
    last: &[
        "Envoyez-vous un message signé ({email}). Ouvrez-le et trouvez le sceau&nbsp;: votre messagerie montre qui l&rsquo;a signé.",
        "Gardez une copie du P12 et de son billet en lieu sûr, même après la fin du certificat&nbsp;: sans la clé, personne \
         n&rsquo;ouvrira plus vos anciens messages.",
        "Si le P12 ou le mot de passe est tombé en d&rsquo;autres mains, dites-le tout de suite&nbsp;: le certificat sera révoqué.",
    ],
    sheet_title: "Mots de passe à découper et à distribuer",
    sheet_intro: "Imprimez cette page, découpez-la le long des lignes, remettez chaque billet en main propre, et non avec \
                  l&rsquo;archive. Supprimez ensuite le fichier. Cet en-tête n&rsquo;est pas imprimé.",
    slip: "Mot de passe de votre certificat (P12). Nécessaire pour l&rsquo;installer. Gardez ce billet et ne l&rsquo;envoyez pas \
           par courriel.",
};
