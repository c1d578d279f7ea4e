//! French.

use super::{Labels, Words, clocks, day};
use crate::lab::assess::Status;
use crate::lab::fault::{Fault, Remark};

pub(super) fn fault(fault: &Fault) -> Words {
    match fault {
        Fault::NothingReceived => Words::new(
            "Aucun message de votre part n'est arrivé.",
            "Envoyez-le depuis l'adresse que vous avez donnée pour le TP ; si c'est déjà fait, regardez s'il est resté dans la boîte d'envoi ou s'il est revenu.",
        ),
        Fault::Unreadable { .. } => Words::new(
            "Votre message est illisible : il est abîmé, ou ce n'est pas un message.",
            "Renvoyez-le depuis votre logiciel de messagerie, et non comme fichier enregistré par un autre programme.",
        ),
        Fault::KeyNotGiven => Words::new(
            "Votre message est chiffré et a été vérifié sans la clé qui l'ouvre.",
            "Rien à faire de votre côté : l'enseignant refait la vérification avec sa clé (--identity).",
        ),
        Fault::EncryptedForOthers { .. } => Words::new(
            "Vous n'avez pas chiffré pour l'enseignant, ou avec un ancien certificat : il ne peut pas ouvrir votre message.",
            "Importez le certificat actuel de l'enseignant, écrivez à son adresse, cochez « chiffrer » et renvoyez.",
        ),
        Fault::DecryptionFailed => Words::new(
            "Votre message est chiffré pour l'enseignant, mais il est abîmé et ne s'ouvre pas.",
            "Renvoyez-le ; si cela ne suffit pas, depuis un autre logiciel ou par un autre serveur.",
        ),
        Fault::OpenPgp => Words::new(
            "Vous avez utilisé OpenPGP, qui est un autre système que S/MIME.",
            "Dans votre logiciel, choisissez S/MIME pour ce compte et sélectionnez-y votre certificat.",
        ),
        Fault::NotSigned => Words::new(
            "Votre message n'est pas signé.",
            "Sélectionnez votre certificat de signature dans les paramètres du compte, cochez « signer numériquement » et renvoyez.",
        ),
        Fault::Altered { by_list: true } => Words::new(
            "La liste de diffusion a modifié votre message après la signature, qui n'est donc plus valable.",
            "Envoyez-le directement à l'enseignant, sans passer par la liste.",
        ),
        Fault::Altered { by_list: false } => Words::new(
            "Votre message a été modifié après la signature, qui n'est donc plus valable.",
            "Renvoyez-le directement, sans programme intermédiaire qui ajoute ou réécrit du texte (antivirus, mention légale).",
        ),
        Fault::PartlySigned { by_list: true } => Words::new(
            "Seule une partie de ce qui est arrivé est signée : la liste de diffusion a ajouté du texte autour.",
            "Envoyez-le directement à l'enseignant, sans passer par la liste.",
        ),
        Fault::PartlySigned { by_list: false } => Words::new(
            "Seule une partie de votre message est signée ; autour se trouve du texte qui ne l'est pas.",
            "Écrivez un nouveau message et signez-le, au lieu de transférer un message signé ou de le joindre.",
        ),
        Fault::BadSignature { .. } => Words::new(
            "La signature de votre message n'est pas valable : elle est abîmée, ou n'a pas été faite avec la clé de votre certificat.",
            "Renvoyez-le ; si cela ne suffit pas, réimportez votre fichier P12 et sélectionnez son certificat.",
        ),
        Fault::Ambiguous { .. } => Words::new(
            "Votre message est construit de telle sorte que les logiciels n'affichent pas tous la même chose.",
            "Récrivez-le dans un logiciel de messagerie ordinaire et renvoyez.",
        ),
        Fault::UnclearSender => Words::new(
            "On ne peut pas dire qui a envoyé votre message : le champ « De » manque, est illisible ou nomme plusieurs personnes.",
            "Renvoyez-le avec une seule adresse dans « De » : la vôtre.",
        ),
        Fault::OtherAddress { certificate, from } => Words::new(
            format!(
                "Vous avez signé avec un certificat pour une autre adresse : il est pour {}, et vous avez écrit depuis {from}.",
                nobody(certificate, "aucune adresse")
            ),
            "Sélectionnez le certificat de l'adresse depuis laquelle vous écrivez et renvoyez.",
        ),
        Fault::OtherSender {
            from, by_list: true, ..
        } => Words::new(
            format!(
                "La liste de diffusion a mis sa propre adresse à la place de la vôtre ({from}), qui ne correspond donc pas à votre certificat."
            ),
            "Envoyez-le directement à l'enseignant, sans passer par la liste.",
        ),
        Fault::OtherSender {
            certificate, from, ..
        } => Words::new(
            format!(
                "Votre certificat est pour {certificate}, mais le message est venu d'une autre adresse : {from}."
            ),
            format!("Renvoyez-le depuis {certificate} : choisissez ce compte dans « De »."),
        ),
        Fault::OtherCertificate => Words::new(
            "Vous avez signé avec un autre certificat que celui reçu pour le TP, peut-être un plus ancien.",
            "Sélectionnez le dernier certificat reçu, supprimez l'ancien et renvoyez.",
        ),
        Fault::SelfSigned => Words::new(
            "Votre certificat se porte garant de lui-même : aucune autorité ne l'a émis.",
            "Utilisez le certificat que notre autorité vous a donné, et non un que votre logiciel ou vous avez fabriqué.",
        ),
        Fault::ChainIncomplete { issuer } => Words::new(
            format!(
                "Il manque à votre message le certificat de l'autorité qui a émis le vôtre ({issuer}) : les autres ne peuvent pas le vérifier."
            ),
            "Réimportez votre fichier P12 avec tous ses certificats (ou celui de l'autorité, depuis votre .chain.pem) et renvoyez.",
        ),
        Fault::UnknownIssuer { issuer } => Words::new(
            format!(
                "Votre certificat a été émis par {}, à qui personne ici ne fait confiance.",
                nobody(issuer, "quelqu'un")
            ),
            "Sélectionnez le certificat que notre autorité vous a donné et renvoyez.",
        ),
        Fault::CertificateAbsent => Words::new(
            "Votre message n'apporte pas votre certificat : personne ne peut vérifier la signature.",
            "Réglez votre logiciel pour qu'il joigne le certificat à la signature et renvoyez.",
        ),
        Fault::Revoked => Words::new(
            "Votre certificat a été révoqué.",
            "Demandez-en un nouveau, ou sélectionnez-le si vous l'avez déjà, et renvoyez.",
        ),
        Fault::Expired { until } => Words::new(
            format!(
                "Votre certificat, ou celui de l'autorité, avait expiré lors de l'envoi (le vôtre est valable jusqu'au {}).",
                day(until)
            ),
            "Demandez un nouveau certificat, ou sélectionnez-le si vous l'avez déjà, et renvoyez.",
        ),
        Fault::NotYetValid { from } => Words::new(
            format!(
                "Votre certificat, ou celui de l'autorité, n'est pas encore valable (le vôtre commence le {}).",
                day(from)
            ),
            "Attendez cette date ou demandez-en un autre, puis renvoyez.",
        ),
        Fault::RevocationUnknown => Words::new(
            "On n'a pas pu savoir si votre certificat a été révoqué.",
            "Rien à faire de votre côté : l'enseignant refait la vérification avec la liste actuelle de l'autorité (--crl).",
        ),
        Fault::WrongPurpose => Words::new(
            "Votre certificat n'est pas fait pour signer du courrier (par exemple pour un serveur web, ou pour chiffrer seulement).",
            "Sélectionnez le certificat de signature de courrier et renvoyez.",
        ),
        Fault::BadCertificate { .. } => Words::new(
            "Quelque chose ne va pas dans votre certificat, ou dans celui de l'autorité au-dessus.",
            "Montrez ceci à l'enseignant ; le certificat que notre autorité vous a donné n'a pas ce défaut.",
        ),
        Fault::WrongClass {
            found: Some(found),
            expected,
        } => Words::new(
            format!("Votre certificat est de classe {found}, et le TP demande la classe {expected}."),
            format!(
                "Demandez un certificat de classe {expected}, ou sélectionnez-le si vous l'avez déjà, et renvoyez."
            ),
        ),
        Fault::WrongClass {
            found: None,
            expected,
        } => Words::new(
            format!(
                "Votre certificat n'est d'aucune classe connue ici, et le TP demande la classe {expected}."
            ),
            format!(
                "Demandez un certificat de classe {expected}, ou sélectionnez-le si vous l'avez déjà, et renvoyez."
            ),
        ),
        Fault::Weak { .. } => Words::new(
            "Votre message est signé par un procédé trop faible aujourd'hui, ou inconnu ici.",
            "Réglez votre logiciel pour signer avec SHA-256 et une clé d'au moins 2048 bits, puis renvoyez.",
        ),
        Fault::NotEncrypted => Words::new(
            "Votre message n'est pas chiffré : chacun peut le lire en chemin.",
            "Importez le certificat de l'enseignant (il accompagne chaque message qu'il signe), cochez « chiffrer » et renvoyez.",
        ),
    }
}

pub(super) fn remark(remark: &Remark) -> String {
    match remark {
        Remark::SendersClock => {
            "Aucun serveur n'a noté l'arrivée : la date est celle de l'horloge de l'expéditeur.".to_owned()
        }
        Remark::NoDate => {
            "Aucune date n'est lisible : on ne peut pas dire si le message est arrivé à temps.".to_owned()
        }
        Remark::ClocksDiffer(times) => format!(
            "Les horloges diffèrent : {}.",
            clocks(times, ["serveur", "expéditeur", "signature"])
        ),
        Remark::ExpiredSince => {
            "Le certificat a expiré depuis ; il était valable à l'arrivée du message.".to_owned()
        }
        Remark::SharedCertificate { senders } => {
            format!(
                "Un même certificat sert à plusieurs expéditeurs : {}.",
                senders.join(", ")
            )
        }
        Remark::SignedCiphertext => {
            "La signature entoure le chiffrement : le signataire n'en connaît pas forcément le contenu."
                .to_owned()
        }
        Remark::WeakCipher => {
            "Le message est chiffré par un procédé qui ne protège plus rien aujourd'hui.".to_owned()
        }
    }
}

/// What stands for a name that there is not.
fn nobody<'a>(name: &'a str, else_: &'a str) -> &'a str {
    if name.is_empty() { else_ } else { name }
}

pub(super) const LABELS: Labels = Labels {
    title: "Messages signés : qui a envoyé, avec quel résultat",
    checked: "Vérifié",
    due: "À rendre avant",
    name: "Élève",
    standing: "Résultat",
    received: "Arrivé",
    signed: "Signé",
    encrypted: "Chiffré",
    class: "Classe",
    why: "Pourquoi, et que faire",
    yes: "oui",
    no: "non",
    others: "Autres messages",
    file: "Fichier",
    from: "De",
    subject: "Objet",
    what: "Ce que c'est",
    clocks: [
        ("received", "selon le dernier serveur"),
        ("date", "selon l'expéditeur"),
        ("signing-time", "selon le signataire"),
    ],
    statuses: [
        (Status::Ok, "réussi"),
        (Status::Late, "en retard"),
        (Status::Failed, "à refaire"),
        (Status::Missing, "manquant"),
    ],
    fates: [
        ("counted", "compte"),
        ("superseded", "un autre compte"),
        ("duplicate", "une copie"),
        ("unproved", "prétend seulement venir de cet élève"),
        ("conversation", "ni signé ni chiffré"),
        ("other-subject", "d'un autre objet"),
        ("automatic", "envoyé par un programme"),
        ("own", "de l'enseignant"),
        ("stranger", "de personne sur la liste"),
        ("unreadable", "illisible"),
    ],
};
