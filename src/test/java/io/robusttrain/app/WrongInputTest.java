package io.robusttrain.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import io.robusttrain.app.prep.TinyTraining;
import io.robusttrain.data.ParquetFixture;
import io.robusttrain.tensor.ComputeDevice;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.parquet.example.data.simple.SimpleGroup;
import org.apache.parquet.hadoop.example.ExampleParquetWriter;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;
import org.apache.parquet.io.api.Binary;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.MessageTypeParser;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Wrong input: one clear error, the right exit code, before anything is started or written. */
@Tag("slow")
class WrongInputTest {
  private static final String TRAINED = "trained";
  private static final String IMAGES =
      """
      message images {
        optional group image { optional binary bytes; optional binary path (UTF8); }
        optional int64 label;
      }""";

  @TempDir private static Path folder;

  private static TinyTraining training;

  /** Settings that do not fit, and words of the answer. */
  private record Case(String name, int code, List<String> settings, List<String> answer) {
    @Override
    public String toString() {
      return name;
    }
  }

  @BeforeAll
  static void trainAnEpoch() {
    training = TinyTraining.withImages(folder);
    TinyTraining.Outcome outcome =
        training.train(TRAINED, "model.depth=2", "train.max-steps=" + TinyTraining.STEPS_PER_EPOCH);
    assertThat(outcome.code()).as(outcome.err()).isZero();
  }

  static Stream<Case> settings() {
    return Stream.of(
        usage(
            "unknown key",
            List.of("attack.epsilon=4/255"),
            "attack.epsilon",
            "did you mean attack.eps?"),
        usage("wrong type", List.of("train.epochs=many"), "train.epochs", "many"),
        usage(
            "class count",
            List.of("model.num-classes=7"),
            "model.num-classes: is 7",
            "has 10 classes: leave it at auto"),
        usage(
            "batch and micro-batch",
            List.of("train.micro-batch=5"),
            "train.global-batch",
            "16 is no multiple of the micro-batch 5"),
        usage(
            "batch and replicas",
            List.of("train.micro-batch=16", "distribution.executors=2"),
            "train.global-batch",
            "2 replicas cannot share equally",
            "train.micro-batch=8",
            "distribution.executors=1"),
        usage(
            "executors and cores",
            List.of("distribution.executors=3"),
            "3 executors cannot share the 2 cores of local[2] equally"),
        usage(
            "patch",
            List.of("model.img-size=36"),
            "model.img-size",
            "36 is no multiple of the patch"),
        usage(
            "unknown model",
            List.of("model.name=xcit_huge_12_p16_224"),
            "model",
            "xcit_huge_12_p16_224"),
        usage(
            "unknown model argument",
            List.of("model.args.mlp_ration=3"),
            "model: unknown model argument mlp_ration; the nearest are mlp_ratio"),
        usage(
            "argument of another family",
            List.of("model.args.dims=[8, 16]"),
            "model: xcit_nano_12_p8_32 has no argument dims; it has"),
        usage(
            "argument of another type",
            List.of("model.args.mlp_ratio=big"),
            "model: model argument mlp_ratio must be a number, not big"),
        usage(
            "several that need the data",
            List.of("model.num-classes=7", "train.micro-batch=16", "distribution.executors=2"),
            "2 problems",
            "model.num-classes",
            "train.global-batch"),
        usage(
            "memory",
            List.of(
                "train.global-batch=1000000", "train.micro-batch=1000000", "model.img-size=224"),
            "2 problems",
            "MB of heap and has",
            "MB outside the heap and has",
            "lower train.micro-batch"),
        usage(
            "initial checkpoint missing",
            List.of("model.initial-checkpoint=nowhere/model.safetensors"),
            "model.initial-checkpoint: there is no file nowhere/model.safetensors",
            "or none"),
        usage("run id", List.of("run.id=a:b"), "run.id", "a:b"),
        data(
            "no data",
            List.of("data.path=nowhere/at-all"),
            "nowhere/at-all does not exist; check the path of the data set"),
        data(
            "no training split",
            List.of("data.train-split=training"),
            "has no split 'training'; it has train, validation"),
        data(
            "no validation split",
            List.of("data.val-split=test"),
            "has no split 'test'; it has train, validation"),
        data(
            "dropped batches",
            List.of("data.last-batch=drop", "train.global-batch=80"),
            "72 samples do not fill one global batch of 80"));
  }

  @ParameterizedTest
  @MethodSource("settings")
  void settings(Case wrong) {
    TinyTraining.Outcome outcome = training.train("wrong", wrong.settings().toArray(String[]::new));
    requireError(outcome, wrong.code(), wrong.answer().toArray(String[]::new));
    assertThat(training.run("wrong")).doesNotExist();
  }

  @Test
  void tellsAllProblemsOfAFileTogether() throws IOException {
    Path file =
        Files.writeString(
            folder.resolve("bad.conf"),
            """
            train.epochs = many
            train.global-batch = 100
            train.micro-batch = 64
            attack.epsilon = 1
            model.img-size = 225
            optim.lr = -1
            """);
    TinyTraining.Outcome outcome = TinyTraining.command("--config", file.toString());
    requireError(
        outcome,
        2,
        "5 problems",
        "bad.conf:1: train.epochs: expected a whole number, found many",
        "bad.conf:2: train.global-batch: 100 is no multiple of the micro-batch 64",
        "bad.conf:4: attack.epsilon: unknown key; did you mean attack.eps?",
        "bad.conf:5: model.img-size: 225 is no multiple of the patch 16; use 224",
        "bad.conf:6: optim.lr: -1 is outside");
  }

  @ParameterizedTest
  @ValueSource(strings = {"cuda", "cuda:1"})
  void aGpuThatIsNotThereIsRefused(String device) {
    assumeFalse(ComputeDevice.CUDA.available());
    requireError(
        training.train("wrong", "device=" + device), 2, "device: is " + device, "use device=cpu");
    assertThat(training.run("wrong")).doesNotExist();
  }

  @Test
  void aRunDirectoryThatCannotBeWrittenIsRefused() throws IOException {
    Path file = Files.writeString(folder.resolve("taken"), "a file");
    requireError(
        training.train("wrong", "run.dir=" + file.resolve("runs")),
        2,
        "taken/runs/wrong cannot be written",
        "Choose another run directory");
    assertThat(file).hasContent("a file");
  }

  @Test
  void aCheckpointOfAnotherArchitectureIsRefused() {
    String initial = "model.initial-checkpoint=" + best();
    requireError(
        training.train("wrong", initial, "model.embed-dim=64"),
        2,
        "best/model.safetensors does not hold the weights of xcit_nano_12_p8_32",
        "unexpected (blocks.1.",
        "of another shape (",
        "cls_token is [1, 1, 32] instead of [1, 1, 64]",
        "Use a file of the same architecture or change the model");
    requireError(
        training.train("wrong", initial, "model.depth=3"), 2, "tensors missing (blocks.2.");
    assertThat(training.run("wrong")).doesNotExist();
    TinyTraining.Outcome fits =
        training.train("wrong", initial, "model.depth=2", "train.max-steps=1");
    assertThat(fits.code()).as(fits.err()).isZero();
    delete(training.run("wrong"));
  }

  @Test
  void anInitialCheckpointThatHoldsNoWeightsIsRefused() throws IOException {
    Path text = Files.writeString(folder.resolve("model.txt"), "these are no weights at all");
    requireError(
        training.train("wrong", "model.initial-checkpoint=" + text),
        2,
        "model.txt is neither a safetensors file nor one that torch.save wrote");
    Path empty = Files.createFile(folder.resolve("empty.safetensors"));
    requireError(
        training.train("wrong", "model.initial-checkpoint=" + empty),
        2,
        "empty.safetensors is neither a safetensors file nor one that torch.save wrote");
    Path cut = folder.resolve("cut.safetensors");
    byte[] whole = Files.readAllBytes(best());
    Files.write(cut, Arrays.copyOf(whole, whole.length - 100));
    requireError(
        training.train("wrong", "model.initial-checkpoint=" + cut), 2, "cut short or overlong");
    requireError(
        training.train("wrong", "model.initial-checkpoint=" + folder),
        2,
        "is a directory without weights");
    assertThat(training.run("wrong")).doesNotExist();
  }

  @ParameterizedTest
  @ValueSource(strings = {"run.seed=43", "train.global-batch=8", "model.depth=1"})
  void aRunIdOfAnotherRunIsRefused(String change) throws IOException {
    Path run = training.run(TRAINED);
    Map<String, ByteBuffer> weights = TinyTraining.tensors(best());
    String config = Files.readString(run.resolve("config.conf"));
    String manifest = Files.readString(run.resolve("manifest.json"));
    requireError(
        training.train(TRAINED, "model.depth=2", change), 2, "trained/checkpoints/epoch-0001");
    assertThat(run.resolve("config.conf")).hasContent(config);
    assertThat(run.resolve("manifest.json")).hasContent(manifest);
    assertThat(TinyTraining.tensors(best())).isEqualTo(weights);
  }

  @Test
  void aDryRunFindsTheSame() {
    String[] settings = {"model.depth=2", "run.seed=43"};
    requireError(
        dryRun(TRAINED, settings),
        2,
        "run.seed: is 43",
        "was written with 42",
        "use another run id");
    requireError(
        dryRun("wrong", "model.initial-checkpoint=nowhere.safetensors"), 2, "there is no file");
    TinyTraining.Outcome plan = dryRun("wrong");
    assertThat(plan.code()).as(plan.err()).isZero();
    assertThat(plan.out()).contains("xcit_nano_12_p8_32", "72 training and 40 validation images");
    assertThat(training.run("wrong")).doesNotExist();
  }

  @Test
  void aShardCutShortIsBadData() throws IOException {
    Path prepared = copyOfTheData("cut-prepared", true);
    truncate(prepared.resolve("train/part-00000.parquet"));
    requireError(
        training.train("wrong", "data.path=" + prepared),
        3,
        "train/part-00000.parquet has",
        "it is cut short or damaged: copy it or prepare the set again");
    Path plain = copyOfTheData("cut-plain", false);
    truncate(plain.resolve("validation/part-00000.parquet"));
    requireError(
        training.train("wrong", "data.path=" + plain),
        3,
        "validation/part-00000.parquet cannot be read as Parquet",
        "copy it or prepare the set again");
    assertThat(training.run("wrong")).doesNotExist();
  }

  @Test
  void aParquetFileWithoutTheColumnsIsBadData() throws IOException {
    Path data = folder.resolve("columns");
    write(
        data.resolve("train.parquet"),
        "message m { optional binary picture; optional int64 label; }",
        group -> {
          group.add("picture", Binary.fromString("x"));
          group.add("label", 0L);
        });
    requireError(
        training.train("wrong", "data.path=" + data),
        3,
        "train.parquet: column image is missing; found the columns {picture: binary, label: int64}",
        "rename the columns");
  }

  @Test
  void aCodecThatIsNotReadIsBadDataBeforeTheRun() throws IOException {
    Path data = copyOfTheData("brotli", false);
    Path shard = data.resolve("validation/part-00000.parquet");
    Files.delete(shard);
    ParquetFixture.writeFooter(shard, CompressionCodecName.BROTLI);
    requireError(
        training.train("wrong", "data.path=" + data),
        3,
        "validation/part-00000.parquet: compressed with BROTLI, which is not read here; write the file again with snappy, zstd, gzip or uncompressed pages");
    assertThat(training.run("wrong")).doesNotExist();
  }

  @Test
  void aSplitWithoutImagesIsBadData() throws IOException {
    Path data = copyOfTheData("no-images", false);
    Path shard = data.resolve("validation/part-00000.parquet");
    Files.delete(shard);
    write(shard, IMAGES, null);
    requireError(
        training.train("wrong", "data.path=" + data), 3, "split validation of", "has zero images");
  }

  private static Case usage(String name, List<String> settings, String... answer) {
    return new Case(name, 2, settings, List.of(answer));
  }

  private static Case data(String name, List<String> settings, String... answer) {
    return new Case(name, 3, settings, List.of(answer));
  }

  private static void requireError(TinyTraining.Outcome outcome, int code, String... answer) {
    assertThat(outcome.err())
        .startsWith("error: ")
        .containsOnlyOnce("error: ")
        .contains(answer)
        .doesNotContain("\tat ", "Exception");
    assertThat(outcome.code()).isEqualTo(code);
    assertThat(outcome.out()).doesNotContain("run  ", "loss");
  }

  private static TinyTraining.Outcome dryRun(String id, String... settings) {
    String[] all = Arrays.copyOf(settings, settings.length + 1);
    all[settings.length] = "--dry-run";
    return training.train(id, all);
  }

  private static Path best() {
    return training.run(TRAINED).resolve("best/model.safetensors");
  }

  private static Path copyOfTheData(String name, boolean described) throws IOException {
    Path copy = folder.resolve(name);
    try (Stream<Path> files = Files.walk(training.data())) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        Path target = copy.resolve(training.data().relativize(file).toString());
        if (described || !target.endsWith("dataset.json")) {
          Files.createDirectories(target.getParent());
          Files.copy(file, target);
        }
      }
    }
    return copy;
  }

  private static void truncate(Path file) throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      channel.truncate(channel.size() - 500);
    }
  }

  /** A row of a Parquet file. */
  private interface Row {
    void fill(SimpleGroup group);
  }

  private static void write(Path file, String schema, Row row) throws IOException {
    MessageType type = MessageTypeParser.parseMessageType(schema);
    try (var writer =
        ExampleParquetWriter.builder(new org.apache.hadoop.fs.Path(file.toUri()))
            .withType(type)
            .build()) {
      if (row != null) {
        SimpleGroup group = new SimpleGroup(type);
        row.fill(group);
        writer.write(group);
      }
    }
  }

  private static void delete(Path directory) {
    try (Stream<Path> paths = Files.walk(directory)) {
      for (Path path : paths.sorted((a, b) -> b.compareTo(a)).toList()) {
        Files.delete(path);
      }
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    }
  }
}
