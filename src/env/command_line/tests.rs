//! What is masked of commands, and what is not.

use super::*;

#[test]
fn secrets_of_a_command_are_masked() {
    for (line, shown) in [
        ("app --password hunter2cmd -v", "app --password •••••• -v"),
        ("app --token=tok77cmd", "app --token=••••••"),
        (
            "app --api-key 'a b' --secret x",
            "app --api-key '••••••' --secret ••••••",
        ),
        ("API_KEY=\"k77 x\" app", "API_KEY=\"••••••\" app"),
        (
            "psql postgresql://u:urlpw77@h/d -c 'select 1'",
            "psql postgresql://u:••••••@h/d -c 'select 1'",
        ),
        (
            "/usr/bin/curl -u joe:curlpw77 https://h",
            "/usr/bin/curl -u joe:•••••• https://h",
        ),
        ("curl --user=joe:pw h", "curl --user=joe:•••••• h"),
        ("curl -fsSu joe:pw77 h", "curl -fsSu joe:•••••• h"),
        ("curl -sujoe:pw77 h", "curl -sujoe:•••••• h"),
        (
            "x=$(curl --proxy-user joe:pw77 -u 'a:pw88')",
            "x=$(curl --proxy-user joe:•••••• -u 'a:••••••')",
        ),
        ("(curl -u joe:pw77)", "(curl -u joe:••••••)"),
        ("a; `curl h -u joe:pw77`", "a; `curl h -u joe:••••••`"),
        ("http -a joe:pw77 h", "http -a joe:•••••• h"),
        (
            "docker login -u joe -p pw77 h",
            "docker login -u joe -p •••••• h",
        ),
        (
            "curl h?a=1&b=2 -u joe:pw77 && redis-cli -a pw88",
            "curl h?a=1&b=2 -u joe:•••••• && redis-cli -a ••••••",
        ),
        (
            "curl -H 'Authorization: Bearer bear7788tok' h",
            "curl -H 'Authorization: Bearer ••••••' h",
        ),
        (
            "curl -H Authorization: Bearer bear7788tok h",
            "curl -H Authorization: Bearer •••••• h",
        ),
        (
            "curl -H 'X-Api-Key: abc' h",
            "curl -H 'X-Api-Key: ••••••' h",
        ),
        (
            "sh -c 'app --password hunter2cmd; x'",
            "sh -c 'app --password ••••••; x'",
        ),
        ("mysql -uroot -ppw77 shop", "mysql -uroot -p•••••• shop"),
        ("redis-cli -a pw77 ping", "redis-cli -a •••••• ping"),
        (
            "redis-server --requirepass pw77 --masterauth pw88 --primaryauth=pw99",
            "redis-server --requirepass •••••• --masterauth •••••• --primaryauth=••••••",
        ),
        (
            "redis-cli config set requirepass pw77",
            "redis-cli config set requirepass ••••••",
        ),
        ("mongosh -u root -p pw77", "mongosh -u root -p ••••••"),
    ] {
        assert_eq!(mask_line(line), shown, "{line}");
    }
}

#[test]
fn what_tells_nothing_stays_as_it_is() {
    for line in [
        "uvicorn app:main --ssl-keyfile certs/server.key --port 8000",
        "app --key certs/server.key --token $TOKEN --password=${PW} --token-file x",
        "psql --no-password shop",
        "npm publish --private pkg",
        "docker run -u app:app -p 80:80 image",
        "mysql -p shop",
        "redis-cli config get requirepass",
        "redis-server --requirepass $PW --port 6379",
        "app --max-tokens 4096 --token-count=7",
        "docker build --secret id=npmrc,src=.npmrc .",
        "cache --key projects",
        "curl --user-agent 'a: b' h",
        "curl -u joe:$PW -Hu:x -o u:x h",
        "sort -u x; ps -a y; mkdir -p dir; ls -a foo",
        "redis-cli ping && ps -a foo | sort -u a:b; mkdir -p dir",
        "docker compose up -p 80:80 && az acr list -p x",
        "docker run --name mongo -p 27017:27017 mongo",
        "echo \"it's",
    ] {
        assert_eq!(mask_line(line), line);
    }
}

#[test]
fn words_are_masked_one_by_one() {
    let words = ["app", "--password", "hunter 2", "--token=t 7", "a b"].map(str::to_owned);
    assert_eq!(
        mask_words(&words),
        ["app", "--password", "••••••", "--token=••••••", "a b"]
    );
    assert_eq!(secrets_of_words(&words), ["hunter 2", "t 7"]);
    assert_eq!(secrets_of_line("app --token=tok77cmd"), ["tok77cmd"]);
}
