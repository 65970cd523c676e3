//! What is wrong with a server's TLS. No way out asks for less of it without saying what that means.

use crate::diagnostic::{Finding, Severity};
use crate::doctor::Answer;
use crate::service::endpoint::Tls;
use crate::system::database::DatabaseState;
use crate::text::remedy;
use crate::workspace::Environment;

use super::super::servers::{
    Driver, NODE, POSTGRES, Server, certificate, finding, is_here, mended, of_system,
};
use super::Database;
use super::rules::TLS;

/// What `require` in the place of a check means.
const BELIEVES: &str =
    "require in its place would encrypt and believe whoever answers, also one that only pretends";

/// The same in node-postgres' words.
const NODE_BELIEVES: &str = "sslmode=no-verify in its place would encrypt and believe whoever answers, also one that only pretends; with require node-postgres looks at the certificate, too";

fn believes(server: &Server) -> &'static str {
    if is_of(server, Driver::NodePostgres) {
        NODE_BELIEVES
    } else {
        BELIEVES
    }
}

fn is_of(server: &Server, driver: Driver) -> bool {
    server.named.iter().any(|naming| naming.driver == driver)
}

/// What to add where no command can.
pub(super) fn words(server: &Server) -> String {
    let option = server
        .named
        .first()
        .map_or("sslmode", |naming| naming.tls_option());
    format!("add ?{option}=require to {}", server.place())
}

/// Whether a handshake failed since the server has no TLS.
pub(super) fn is_without(why: &str) -> bool {
    why.contains("does not support TLS")
}

/// A handshake that failed.
pub(super) fn failed(
    answer: Answer,
    finding: Finding,
    server: &Server,
    environment: Environment,
    why: &str,
) -> Answer {
    if is_without(why) {
        let cure = server.encrypt(environment, "");
        let words = format!("take the ssl option out of {}", server.place());
        if is_here(&server.endpoint) {
            return mended(answer, finding, cure, words);
        }
        let finding = finding
            .note("better: switch it on there, ssl = on in postgresql.conf")
            .note("in a network that you trust; password and data can be read on the way then:");
        return match cure {
            // Not by itself: it gives something away.
            Some(cure) => answer.problem(finding.help(cure.typed())),
            None => mended(answer, finding, None, words),
        };
    }
    if certificate::is_other_name(why) {
        let finding = finding.note(named_otherwise(server));
        return certificate::other_name(answer, finding, server, environment);
    }
    if let Some(unsound) = certificate::unsound(why) {
        let manner = "-starttls postgres ";
        return certificate::renewed(answer, finding, server, unsound, manner, believes(server));
    }
    // What the URL names wins over the process environment.
    if let Some(naming) = server.named.iter().find(|naming| naming.names_root) {
        let finding = match &server.endpoint.root {
            Some(file) if !why.contains("there is no file") => finding.note(format!(
                "it was looked for among the authorities in {file}, which sslrootcert names in {}",
                naming.variable
            )),
            _ => finding.note(format!("sslrootcert names it in {}", naming.variable)),
        };
        let finding = finding
            .note("it is asked for: the file with the certificate of the authority that signed the server's; Supabase has it under Database settings, SSL configuration")
            .note(believes(server));
        let cure = server.roots(environment);
        let words = format!("correct sslrootcert in {}", server.place());
        return mended(answer, finding, cure, words);
    }
    let variable = teller(server);
    let finding = match &server.endpoint.root {
        Some(_) if why.contains("there is no file") => finding,
        Some(file) => finding.note(format!("it was looked for among the authorities in {file}")),
        None => finding,
    };
    let finding = match lost(server) {
        Some(words) => finding.note(words),
        None => finding,
    };
    answer.problem(
        finding
            .note("what is asked for is the file with the certificate of the authority that signed the server's; Supabase has it under Database settings, SSL configuration")
            .note(believes(server))
            .help(remedy::set_here(variable)),
    )
}

/// What else there is to know where a certificate is for another name.
fn named_otherwise(server: &Server) -> &'static str {
    if server.endpoint.certified.is_some() {
        return "postgres.js tells Node no name where the host is an address, and Node asks for localhost then: it takes a host with a name, or a certificate that is for localhost, too";
    }
    if is_of(server, Driver::NodePostgres) {
        return "node-postgres looks at the name with every sslmode but no-verify";
    }
    if is_of(server, Driver::PostgresJs) {
        return "postgres.js looks at the name with verify-ca as with verify-full";
    }
    "verify-ca looks at the authority alone, and takes any server that it signed for"
}

/// A file that Node was to take authorities from, and does without.
fn lost(server: &Server) -> Option<String> {
    let mut named = server.named.iter();
    let file = named.find_map(|naming| naming.lost_root.as_ref())?;
    Some(format!(
        "{NODE} names {file}, which is not there: Node warns, and goes on without it"
    ))
}

/// The same where the server lets us in all the same.
pub(super) fn did_without(answer: Answer, server: &Server) -> Answer {
    match lost(server) {
        Some(words) if !answer.found.contains(&words) => answer.and(words),
        _ => answer,
    }
}

/// A certificate that is to be checked, and nobody who is told by whom it may be signed: asyncpg and libpq
/// refuse then, while we know those that everybody trusts.
pub(super) fn authorities(answer: Answer, server: &Server) -> Answer {
    let endpoint = &server.endpoint;
    let checks = endpoint.tls >= Tls::Authority && endpoint.root.is_none();
    let server = &server.only_where(|naming| naming.driver == Driver::Asyncpg);
    if !checks || server.named.is_empty() {
        return answer;
    }
    let usual = if cfg!(windows) {
        "%APPDATA%\\postgresql\\root.crt"
    } else {
        "~/.postgresql/root.crt"
    };
    let message = format!(
        "asyncpg has no authorities to check the certificate of {} with",
        server.shown()
    );
    let finding = finding(&TLS, server, None, message)
        .note(format!("neither {POSTGRES} nor {usual} is there"));
    answer.problem(match of_system() {
        Some(file) => finding
            .note("it is signed by one of those that this system trusts:")
            .help(remedy::set_to(POSTGRES, file)),
        None => finding
            .note("VALUE is a file with the certificate of the authority that signed it")
            .help(remedy::set_here(POSTGRES)),
    })
}

/// Those whose URL says nothing of TLS, where their driver takes that for none and the server has it.
pub(super) fn unsaid(answer: Answer, database: &Database, environment: Environment) -> Answer {
    let server = &database.server;
    let words = match &database.plain {
        Some(DatabaseState::TlsRequired) => "insists on TLS, and",
        Some(DatabaseState::Accepts { .. }) if !is_here(&server.endpoint) => "offers TLS, and",
        _ => return answer,
    };
    let plain = server.named.iter().filter(|naming| naming.plain);
    plain.fold(answer, |answer, naming| {
        let message = format!(
            "Postgres at {} {words} {} ({}) does not ask for it",
            server.endpoint.address(),
            naming.variable,
            naming.origin
        );
        // The code may say it in the URL's place.
        let mut finding =
            finding(&TLS, &server.only(naming), None, message).severity(Severity::Warning);
        finding.subject = Some(naming.variable.clone());
        let finding = finding.note(
            "postgres.js and node-postgres use none unless the URL says so, or `ssl` in the code",
        );
        let cure = naming.change(server.endpoint.protocol, environment, "sslmode", "require");
        let otherwise = format!("add ?sslmode=require to {}", naming.variable);
        mended(answer, finding, cure, otherwise)
    })
}

/// The variable that names authorities to those who use the server.
fn teller(server: &Server) -> &'static str {
    let web = |tier: &str| tier == "frontend";
    if server.named.iter().all(|naming| web(&naming.tier)) {
        NODE
    } else {
        POSTGRES
    }
}
