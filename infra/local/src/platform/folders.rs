//! The folders of the platforms under `target/local`.

use crate::error::LocalError;
use std::{fs, path::Path};

/// Removes the files of killed runs, such as the platforms of tests. A free port belongs to no
/// running platform. The port is held meanwhile, so that no platform starts on it.
pub fn remove_dead_runs(root: &Path) {
    for entry in fs::read_dir(root).into_iter().flatten().flatten() {
        let path = entry.path();
        let port = path.file_stem().and_then(|name| name.to_str()?.parse::<u16>().ok());
        let Some(Ok(_held)) = port.map(|port| std::net::TcpListener::bind(("127.0.0.1", port))) else { continue };
        // The next start removes the rest.
        let _ = if path.is_dir() { fs::remove_dir_all(&path) } else { fs::remove_file(&path) };
    }
}

/// Makes an empty folder for the files of this run.
///
/// # Errors
/// When the folder cannot be removed or made.
pub fn clear(folder: &Path) -> Result<(), LocalError> {
    if folder.exists() {
        fs::remove_dir_all(folder).map_err(LocalError::during(folder.display()))?;
    }
    fs::create_dir_all(folder.join("tmp")).map_err(LocalError::during(folder.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_files_of_killed_runs_are_removed() {
        let taken = || std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let port = |listener: &std::net::TcpListener| listener.local_addr().unwrap().port().to_string();
        let (alive, dead) = (taken(), taken());
        let root = std::env::temp_dir().join(format!("cinemaxsai-{}-{}", std::process::id(), port(&alive)));
        let (alive_folder, dead_folder) = (root.join(port(&alive)), root.join(port(&dead)));
        let dead_map = dead_folder.with_extension("json");
        drop(dead);
        for folder in [&alive_folder, &dead_folder, &root.join("python")] {
            fs::create_dir_all(folder.join("tmp")).unwrap();
        }
        fs::write(&dead_map, "{}").unwrap();
        remove_dead_runs(&root);
        assert!(!dead_folder.exists() && !dead_map.exists(), "{} is of a killed run", dead_folder.display());
        assert!(alive_folder.exists(), "{} is of a running platform", alive_folder.display());
        assert!(root.join("python").exists(), "only files of runs may be removed");
        fs::remove_dir_all(root).unwrap();
    }
}
