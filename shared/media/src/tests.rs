//! The store against a strict model of S3, through the real SDK.

use crate::{
    format::Format,
    scan::film,
    store::{Disposition, MediaStore, NotStored, OutputFile, PostForm, StoredOutput},
};
use aws::s3::presigning::PresigningConfig;
use bytes::Bytes;
use futures_util::{Stream, StreamExt, stream};
use kernel::{AccountId, Error, Key, PersonalData, Timestamp, sha256_hex};
use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, SystemTime},
};
use testkit::{Fault, Faults, MEDIA_BUCKET, Random, World};

const MIB: usize = 1024 * 1024;
const LIMIT: u64 = 32 * MIB as u64;

/// A PNG of one colour.
pub(crate) fn png(width: u32, height: u32) -> Vec<u8> {
    noise(width, height, |_| {})
}

/// A PNG that cannot be compressed: about 3 bytes for each pixel.
fn large_png(pixels: u32) -> Vec<u8> {
    noise(1_024, pixels / 1_024, |pixels| Random::new(1).fill(pixels))
}

fn noise(width: u32, height: u32, fill: impl Fn(&mut [u8])) -> Vec<u8> {
    let mut pixels = vec![0; (width * height * 3) as usize];
    fill(&mut pixels);
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, width, height);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_compression(png::Compression::NoCompression);
    encoder.write_header().unwrap().write_image_data(&pixels).unwrap();
    file
}

fn output(n: u32) -> OutputFile {
    output_of(account(1), n)
}

fn account(n: u8) -> AccountId {
    format!("01929e6b-6c00-7000-8000-0000000000{n:02}").parse().unwrap()
}

fn output_of(account: AccountId, n: u32) -> OutputFile {
    OutputFile { account, generation: "01929e6b-6c00-7000-8000-0123456789ab".parse().unwrap(), n }
}

fn store() -> (World, MediaStore) {
    let world = World::new(1);
    let store = MediaStore::new(&world.clients(), MEDIA_BUCKET);
    (world, store)
}

pub(crate) fn media(world: &World) -> MediaStore {
    MediaStore::new(&world.clients(), MEDIA_BUCKET)
}

/// The status that S3 answers to a form with this file.
pub(crate) fn post_form(world: &World, form: &PostForm, file: &[u8]) -> u16 {
    world.post(&form.url, form.fields.iter().map(|(name, value)| (*name, value.as_str())), file).status().as_u16()
}

type Chunks = Vec<Result<Bytes, &'static str>>;

fn chunks(file: &[u8], size: usize) -> Chunks {
    file.chunks(size).map(|chunk| Ok(Bytes::copy_from_slice(chunk))).collect()
}

async fn put(store: &MediaStore, output: OutputFile, chunks: Chunks) -> Result<StoredOutput, NotStored<&'static str>> {
    store.put_output(output, stream::iter(chunks), LIMIT).await
}

#[tokio::test(start_paused = true)]
async fn a_small_output_takes_one_request() {
    let (world, store) = store();
    let file = png(30, 20);
    let stored = put(&store, output(0), chunks(&file, 100)).await.unwrap();
    assert_eq!(world.count().aws_total(), 1, "{:?}", world.trace());
    let objects = world.objects(MEDIA_BUCKET);
    let [object] = objects.as_slice() else { panic!("one object must be there: {objects:?}") };
    assert_eq!(object.bytes.as_deref(), Some(file.as_slice()));
    assert_eq!(object.content_type, "image/png");
    assert_eq!(object.headers["cache-control"], "private");
    let expected = StoredOutput {
        key: format!("generations/{}/01929e6b-6c00-7000-8000-0123456789ab/0.png", account(1)),
        version_id: object.version.clone(),
        content_type: "image/png",
        bytes: file.len() as u64,
        width: 30,
        height: 20,
        sha256: sha256_hex(&file),
    };
    assert_eq!(stored, expected);
}

#[tokio::test(start_paused = true)]
async fn a_large_output_is_written_in_parts() {
    let file = large_png(7 * 1024 * 1024);
    assert!(file.len() > 20 * MIB, "the test needs three parts, not {} bytes", file.len());
    // Chunks that cross the boundaries of parts, chunks that fit them, and one chunk.
    for size in [1_000_003, MIB, file.len()] {
        let (world, store) = store();
        let stored = put(&store, output(0), chunks(&file, size)).await.unwrap();
        assert_eq!(world.count().aws_total(), 5, "open, three parts, complete: {:?}", world.trace());
        let objects = world.objects(MEDIA_BUCKET);
        assert!(objects[0].bytes.as_deref() == Some(file.as_slice()), "the object must be the file, byte for byte");
        assert_eq!((stored.sha256, stored.bytes), (sha256_hex(&file), file.len() as u64));
        assert_eq!((stored.width, stored.height), (1_024, 7_168));
        assert_eq!(objects[0].content_type, "image/png");
    }
}

#[tokio::test(start_paused = true)]
async fn eight_mebibytes_exactly_are_one_request() {
    let mut file = large_png(2 * 1024 * 1024);
    // A private chunk before the end fills the file up to the size that is wanted.
    let (end, missing) = (file.split_off(file.len() - 12), 8 * MIB);
    let padding = missing - file.len() - end.len() - 12;
    file.extend((padding as u32).to_be_bytes().iter().chain(b"prVt"));
    file.resize(missing - end.len(), 0);
    file.extend(end);
    let (world, store) = store();
    put(&store, output(0), chunks(&file, MIB)).await.unwrap();
    assert_eq!((file.len(), world.count().aws_total()), (8 * MIB, 1));
}

#[tokio::test(start_paused = true)]
async fn a_rejected_output_leaves_nothing() {
    let (small, large) = (png(30, 20), large_png(7 * 1024 * 1024));
    let broken = |file: &[u8]| {
        let mut chunks = chunks(&file[..file.len() / 2], MIB);
        chunks.push(Err("the connection broke"));
        chunks
    };
    let page = b"<!doctype html><title>Sign in</title>";
    let too_large = [large.as_slice(), &large].concat();
    type Expected = fn(&NotStored<&'static str>) -> bool;
    let cases: [(&str, Chunks, Expected); 8] = [
        ("nothing at all", vec![], |error| matches!(error, NotStored::WrongType)),
        ("a page", chunks(page, 10), |error| matches!(error, NotStored::WrongType)),
        ("a cut file", chunks(&small[..small.len() / 2], 50), |error| matches!(error, NotStored::Truncated)),
        ("a cut large file", chunks(&large[..9 * MIB], MIB), |error| matches!(error, NotStored::Truncated)),
        ("a broken stream", broken(&small), |error| matches!(error, NotStored::Unreadable(_))),
        ("a broken large stream", broken(&large), |error| matches!(error, NotStored::Unreadable(_))),
        ("too much", chunks(&too_large, MIB), |error| matches!(error, NotStored::TooLarge { limit: LIMIT })),
        ("too much at once", chunks(&too_large, usize::MAX), |error| matches!(error, NotStored::TooLarge { .. })),
    ];
    for (what, chunks, expected) in cases {
        let (world, store) = store();
        let before = world.snapshot();
        let error = put(&store, output(0), chunks).await.unwrap_err();
        assert!(expected(&error), "{what}: {error:?}");
        world.assert_unchanged(&before);
    }
}

/// A stream of unknown length that makes its chunks when they are read, and the number of bytes
/// made so far.
fn made_as_read(file: Bytes, size: usize) -> (impl Stream<Item = Result<Bytes, &'static str>>, Arc<AtomicUsize>) {
    let made = Arc::new(AtomicUsize::new(0));
    let count = made.clone();
    let chunks = stream::iter((0..file.len()).step_by(size)).map(move |from| {
        let chunk = file.slice(from..file.len().min(from + size));
        count.fetch_add(chunk.len(), Ordering::Relaxed);
        Ok(chunk)
    });
    (chunks, made)
}

#[tokio::test(start_paused = true)]
async fn a_long_film_is_stored_with_bounded_memory() {
    let (world, store) = store();
    let file = Bytes::from(film(25 * MIB));
    let (chunks, made) = made_as_read(file.clone(), 64 * 1024);
    // The bytes that were read and not yet sent are in memory.
    let most = AtomicUsize::new(0);
    let watched = chunks.inspect(|_| {
        let sent = world.count().of("s3.UploadPart") as usize * 8 * MIB;
        most.fetch_max(made.load(Ordering::Relaxed) - sent, Ordering::Relaxed);
    });
    let stored = store.put_output(output(0), watched, 512 * MIB as u64).await.unwrap();
    assert_eq!(world.count().aws_total(), 6, "open, four parts, complete: {:?}", world.trace());
    assert!(most.into_inner() <= 8 * MIB + 64 * 1024, "no more than a part and a chunk may be held");
    let objects = world.objects(MEDIA_BUCKET);
    assert!(objects[0].bytes.as_deref() == Some(&file[..]), "the object must be the file, byte for byte");
    assert_eq!(objects[0].content_type, "video/mp4");
    assert!(stored.key.ends_with("/0.mp4"), "{}", stored.key);
    assert_eq!((stored.width, stored.height, stored.content_type), (320, 180, "video/mp4"));
    assert_eq!((stored.sha256, stored.bytes), (sha256_hex(&file), file.len() as u64));
}

#[tokio::test(start_paused = true)]
async fn a_rejected_film_leaves_nothing() {
    let whole = film(25 * MIB);
    let with = |at: usize, bytes: &[u8]| {
        let mut file = whole.clone();
        file[at..at + bytes.len()].copy_from_slice(bytes);
        file
    };
    let after_ftyp = whole.windows(4).position(|window| window == b"mdat").unwrap() - 4;
    let index = whole.windows(4).rposition(|window| window == b"moov").unwrap() - 4;
    type Expected = fn(&NotStored<&'static str>) -> bool;
    let cases: [(&str, Vec<u8>, Expected); 6] = [
        ("cut in its pictures", whole[..20 * MIB].to_vec(), |error| matches!(error, NotStored::Truncated)),
        ("cut before its index", whole[..index].to_vec(), |error| matches!(error, NotStored::Truncated)),
        ("cut in its index", whole[..index + 200].to_vec(), |error| matches!(error, NotStored::Truncated)),
        ("garbage", with(after_ftyp, &[0xa5; 64]), |error| matches!(error, NotStored::WrongType)),
        ("no box", with(after_ftyp, b"\0\0\x10\0\xff\xfe\xfd\xfc"), |error| matches!(error, NotStored::WrongType)),
        ("a box too large", with(after_ftyp, &u32::MAX.to_be_bytes()), |error| {
            matches!(error, NotStored::TooLarge { limit: LIMIT })
        }),
    ];
    for (what, file, expected) in cases {
        let (world, store) = store();
        let before = world.snapshot();
        let error = put(&store, output(0), chunks(&file, MIB)).await.unwrap_err();
        assert!(expected(&error), "{what}: {error:?}");
        world.assert_unchanged(&before);
    }
}

#[tokio::test(start_paused = true)]
async fn an_upload_that_s3_refuses_is_aborted() {
    let large = large_png(7 * 1024 * 1024);
    for call in ["s3.PutObject", "s3.CreateMultipartUpload", "s3.UploadPart", "s3.CompleteMultipartUpload"] {
        let (world, store) = store();
        let before = world.snapshot();
        world.inject(Faults::nth(call, 1, Fault::ServerError));
        let file = if call == "s3.PutObject" { png(3, 2) } else { large.clone() };
        let error = put(&store, output(0), chunks(&file, MIB)).await.unwrap_err();
        assert!(matches!(error, NotStored::Refused(Error::Unavailable { .. })), "{call}: {error:?}");
        world.assert_unchanged(&before);
    }
}

#[tokio::test(start_paused = true)]
async fn the_loser_of_a_race_deletes_only_its_own_version() {
    let (world, store) = store();
    let winner = put(&store, output(0), chunks(&png(30, 20), 100)).await.unwrap();
    let loser = put(&store, output(0), chunks(&png(30, 20), 100)).await.unwrap();
    assert_eq!(winner.key, loser.key, "the same output must have the same key");
    for _ in 0..2 {
        store.delete_version(&loser.key, &loser.version_id).await.unwrap();
    }
    let left: Vec<String> = world.objects(MEDIA_BUCKET).into_iter().map(|object| object.version).collect();
    assert_eq!(left, [winner.version_id]);
}

#[tokio::test(start_paused = true)]
async fn a_link_shows_or_saves_one_version_for_a_while() {
    let (world, store) = store();
    let file = png(30, 20);
    let stored = put(&store, output(0), chunks(&file, 100)).await.unwrap();
    put(&store, output(0), chunks(&png(3, 2), 100)).await.unwrap();
    world.reset_count();
    let link = |disposition: Disposition, now: Timestamp| {
        let StoredOutput { key, version_id, .. } = &stored;
        store.presign(key, version_id, Duration::from_secs(300), disposition, now).unwrap()
    };
    let shown = link(Disposition::Show, world.now());
    assert!(shown.contains("X-Amz-SignedHeaders=host&"), "a browser sends no header of ours: {shown}");
    let answer = world.fetch(&shown);
    assert_eq!((answer.status().as_u16(), answer.body().as_ref()), (200, file.as_slice()));
    let name = "cinemaxsai-ai-generated-01929e6b-6c00-7000-8000-0123456789ab-1.png";
    assert_eq!(answer.headers()["content-disposition"], format!("inline; filename=\"{name}\""));
    let saved = world.fetch(&link(Disposition::Save, world.now()));
    assert_eq!(saved.headers()["content-disposition"], format!("attachment; filename=\"{name}\""));
    assert_eq!(world.count().aws_total(), 0, "signing must make no request");
    world.advance(Duration::from_secs(301));
    assert_eq!(world.fetch(&shown).status().as_u16(), 403, "the link must have expired");
    assert_eq!(link(Disposition::Show, world.now()).split('?').next(), shown.split('?').next());
}

#[tokio::test(start_paused = true)]
async fn a_link_is_the_one_that_the_sdk_signs() {
    let (world, store) = store();
    let (key, version, header) = ("generations/a/b/0.png", "v/1+2 ~", "inline; filename=\"0.png\"");
    let lifetime = Duration::from_secs(300);
    let millis = u64::try_from(world.now().as_millisecond()).unwrap();
    let config = PresigningConfig::builder()
        .start_time(SystemTime::UNIX_EPOCH + Duration::from_millis(millis))
        .expires_in(lifetime)
        .build()
        .unwrap();
    let get = store.s3().get_object().bucket(MEDIA_BUCKET).key(key).version_id(version);
    let theirs = get.response_content_disposition(header).presigned(config).await.unwrap();
    let query = [("response-content-disposition", header), ("versionId", version), ("x-id", "GetObject")];
    let url = format!("{}{key}", store.url());
    let ours = store.signer().presign_get(&url, &query, lifetime, world.now()).unwrap();
    let sorted = |url: &str| {
        let mut parts: Vec<String> = url.split(['?', '&']).map(str::to_owned).collect();
        parts.sort_unstable();
        parts
    };
    assert_eq!(sorted(&ours), sorted(theirs.uri()));
}

#[tokio::test(start_paused = true)]
async fn erasing_an_account_leaves_nothing_of_it_and_everything_of_others() {
    let (world, store) = store();
    let (ours, other) = (account(1), account(2));
    for n in [0, 0, 1] {
        put(&store, output_of(ours, n), chunks(&png(30, 20), 100)).await.unwrap();
    }
    let kept = put(&store, output_of(other, 0), chunks(&png(30, 20), 100)).await.unwrap();
    // A delete marker, and a multipart upload that is never completed.
    let marked = store.s3().delete_object().bucket(MEDIA_BUCKET).key(output_of(ours, 1).key(Format::Png));
    marked.send().await.unwrap();
    let open = store.s3().create_multipart_upload().bucket(MEDIA_BUCKET);
    open.key(output_of(ours, 2).key(Format::Png)).send().await.unwrap();

    assert_eq!(store.export(ours).await.unwrap().len(), 1, "deleted objects are not exported");
    assert_eq!(store.find(ours).await.unwrap().len(), 5);
    assert_eq!(store.erase(ours).await.unwrap().objects, 5);
    assert_eq!(store.find(ours).await.unwrap(), []);
    assert_eq!(store.erase(ours).await.unwrap().objects, 0, "a second run must find nothing");
    let left = vec![Key::Object { bucket: "Media", key: kept.key, version: kept.version_id }];
    assert_eq!(store.find(other).await.unwrap(), left);
    assert!(world.open_uploads(MEDIA_BUCKET).is_empty());
}

#[tokio::test(start_paused = true)]
async fn deleting_a_generation_leaves_every_other_one() {
    let (world, store) = store();
    let ours = output_of(account(1), 0);
    let next = OutputFile { generation: "01929e6b-6c00-7000-8000-0123456789ac".parse().unwrap(), ..ours };
    for output in [ours, ours, next, output_of(account(2), 0)] {
        put(&store, output, chunks(&png(30, 20), 100)).await.unwrap();
    }
    let open = store.s3().create_multipart_upload().bucket(MEDIA_BUCKET);
    open.key(output_of(ours.account, 1).key(Format::Png)).send().await.unwrap();
    assert_eq!(store.delete_generation(ours.account, ours.generation).await.unwrap(), 3, "two versions, an upload");
    let left: Vec<_> = world.objects(MEDIA_BUCKET).into_iter().map(|object| object.key).collect();
    assert_eq!(left, [next, output_of(account(2), 0)].map(|output| output.key(Format::Png)));
    assert!(world.open_uploads(MEDIA_BUCKET).is_empty());
    assert_eq!(store.delete_generation(ours.account, ours.generation).await.unwrap(), 0, "a second run finds nothing");
}

#[tokio::test(start_paused = true)]
async fn an_account_of_many_pages_is_erased_whole() {
    let (_world, store) = store();
    for n in 0..1_050 {
        put(&store, output(n), chunks(&png(1, 1), 1_000)).await.unwrap();
    }
    assert_eq!(store.find(account(1)).await.unwrap().len(), 1_050);
    assert_eq!(store.erase(account(1)).await.unwrap().objects, 1_050);
    assert_eq!(store.find(account(1)).await.unwrap(), []);
}
