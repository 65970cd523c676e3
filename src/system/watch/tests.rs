//! What is told of files that change behind our back.
#![expect(
    clippy::disallowed_methods,
    reason = "a test changes files behind the back of the tool"
)]

use super::*;

#[tokio::test]
async fn what_was_in_a_folder_that_goes_is_told_and_the_folder_is_not() {
    let dir = tempfile::tempdir().expect("a folder");
    let root = Utf8Path::from_path(dir.path()).expect("UTF-8");
    let (place, inside) = (root.join("src"), root.join("src/a.txt"));
    fs::create_dir_all(&place).expect("a folder");
    std::fs::write(&inside, b"0").expect("a file");
    let mut watcher = Watcher::new().expect("a watcher");
    watcher.add_folder(root).expect("it is there");
    watcher
        .add(&place, &|_| true, &mut |_| {})
        .expect("it is there");
    std::fs::remove_dir_all(&place).expect("it is there");
    let last = root.join("last");
    std::fs::write(&last, b"1").expect("a file");
    let mut told = Vec::new();
    while told.last() != Some(&last) {
        told.push(watcher.next().await.expect("it goes on"));
    }
    assert!(told.contains(&inside) && !told.contains(&place), "{told:?}");
}

/// What is told until the file `last`, which is written now, is told.
async fn until(watcher: &mut Watcher, last: &Utf8Path) -> BTreeSet<Utf8PathBuf> {
    std::fs::write(last, b"1").expect("a file");
    let mut told = BTreeSet::new();
    while !told.contains(last) {
        told.insert(watcher.next().await.expect("it goes on"));
    }
    told
}

#[tokio::test]
async fn what_a_link_leads_to_is_told_by_the_links_name_and_a_circle_is_not_walked() {
    let dir = tempfile::tempdir().expect("a folder");
    let root = Utf8PathBuf::from_path_buf(dir.path().to_owned()).expect("UTF-8");
    for folder in ["src/deep", "shared/inner", "far"] {
        fs::create_dir_all(&root.join(folder)).expect("a folder");
    }
    for file in ["shared/inner/a.py", "far/one.toml", "far/other.toml"] {
        std::fs::write(root.join(file), b"0").expect("a file");
    }
    let link = |to: &str, at: &str| {
        std::os::unix::fs::symlink(root.join(to), root.join(at)).expect("a link");
    };
    link("shared", "src/shared");
    link("far/one.toml", "src/one.toml");
    // Circles: upwards, to itself by way of another, and to where nothing is.
    link("src", "src/deep/up");
    link("src", "shared/back");
    link("nothing", "src/dangling");
    let (place, mut there) = (root.join("src"), BTreeSet::new());
    let mut watcher = Watcher::new().expect("a watcher");
    watcher
        .add(&place, &|_| true, &mut |file| {
            there.insert(file);
        })
        .expect("it is there");
    let files = ["dangling", "one.toml", "shared/inner/a.py"];
    assert_eq!(there, files.map(|file| place.join(file)).into());
    std::fs::write(root.join("shared/inner/a.py"), b"1").expect("it is there");
    std::fs::write(root.join("far/other.toml"), b"1").expect("it is there");
    std::fs::write(root.join("far/one.toml"), b"1").expect("it is there");
    let told = until(&mut watcher, &place.join("last")).await;
    for file in ["one.toml", "shared/inner/a.py"] {
        assert!(told.contains(&place.join(file)), "{told:?}");
    }
    assert!(
        told.iter()
            .all(|path| !path.as_str().contains("other.toml")),
        "{told:?}"
    );
    // One who asks for the real folder hears of it by its own name, and nobody hears less.
    watcher
        .add(&root.join("shared"), &|_| true, &mut |_| {})
        .expect("it is there");
    std::fs::write(root.join("shared/inner/a.py"), b"2").expect("it is there");
    let told = until(&mut watcher, &place.join("later")).await;
    for file in ["src/shared/inner/a.py", "shared/inner/a.py"] {
        assert!(told.contains(&root.join(file)), "{told:?}");
    }
    // A link that goes takes its name along.
    std::fs::remove_file(place.join("shared")).expect("it is there");
    assert!(watcher.went(&place.join("shared")));
    assert!(!watcher.went(&place.join("shared")));
    std::fs::write(root.join("shared/inner/a.py"), b"3").expect("it is there");
    let told = until(&mut watcher, &place.join("last of all")).await;
    assert!(!told.contains(&place.join("shared/inner/a.py")), "{told:?}");
}

#[test]
fn who_links_to_the_whole_machine_is_told_where_it_ends() {
    let dir = tempfile::tempdir().expect("a folder");
    let root = Utf8PathBuf::from_path_buf(dir.path().to_owned()).expect("UTF-8");
    for number in 0..=BEHIND {
        fs::create_dir_all(&root.join(format!("far/{number}"))).expect("a folder");
    }
    fs::create_dir_all(&root.join("src")).expect("a folder");
    std::os::unix::fs::symlink(root.join("far"), root.join("src/far")).expect("a link");
    let mut watcher = Watcher::new().expect("a watcher");
    let full = watcher.add(&root.join("src"), &|_| true, &mut |_| {});
    let full = full.expect_err("too many").to_string();
    assert!(full.starts_with("more than 1000 folders"), "{full}");
    let some = watcher.add(
        &root.join("src"),
        &|dir| !dir.as_str().ends_with('7'),
        &mut |_| {},
    );
    assert!(some.is_ok(), "{some:?}");
}
