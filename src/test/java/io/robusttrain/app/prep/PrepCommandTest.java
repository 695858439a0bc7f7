package io.robusttrain.app.prep;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.robusttrain.data.prep.source.Archives;
import io.robusttrain.data.shard.ImageSet;
import io.robusttrain.storage.OddFolder;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("slow")
class PrepCommandTest {
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  @TempDir(factory = OddFolder.class)
  private Path folder;

  @Test
  void theOutputDoesNotDependOnTheNumberOfWorkers() throws Exception {
    assertThat(synthetic("one", "1")).as(err.toString()).isZero();
    assertThat(synthetic("three", "3")).as(err.toString()).isZero();
    Map<String, byte[]> one = files(folder.resolve("one"));
    assertThat(one.keySet())
        .containsExactly(
            "dataset.json",
            "train/part-00000.parquet",
            "train/part-00001.parquet",
            "train/part-00002.parquet",
            "train/part-00003.parquet",
            "validation/part-00000.parquet");
    Map<String, byte[]> three = files(folder.resolve("three"));
    assertThat(three.keySet()).isEqualTo(one.keySet());
    one.forEach((name, bytes) -> assertThat(three.get(name)).as(name).isEqualTo(bytes));

    JsonNode shard = json("one").at("/splits/train/shards/0");
    byte[] bytes = one.get("train/part-00000.parquet");
    assertThat(shard.get("bytes").asLong()).isEqualTo(bytes.length);
    assertThat(shard.get("sha256").asText())
        .isEqualTo(HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes)));
    ImageSet set = ImageSet.open(new Configuration(), folder.resolve("one").toString(), "train");
    assertThat(set.sampleCount()).isEqualTo(60);
    assertThat(set.classNames()).containsExactly("disc", "ring", "triangle", "square");
    assertThat(set.blocks()).hasSize(8);
    assertThat(out.toString()).contains("train", "60", "15 to 15");

    assertThat(run("huggingface", "-i", folder.resolve("one").toString())).isZero();
    assertThat(out.toString())
        .contains("split train: 60 images, 4 classes")
        .containsPattern("3 +15 square");
  }

  @Test
  void badImagesFailOrAreListed() throws IOException {
    Map<String, byte[]> entries = new LinkedHashMap<>();
    for (int i = 0; i < 8; i++) {
      entries.put("train/" + (i % 2 == 0 ? "a" : "b") + "/" + i + ".png", Archives.image(i));
    }
    entries.put("train/a/broken.jpg", Archives.text("no image"));
    Path tar = Archives.write(folder.resolve("set.tar.gz"), Archives.tar(entries));
    String[] command = {
      "folder", "--input", tar.toString(), "--output", folder.resolve("set").toString()
    };
    assertThat(run(command)).isEqualTo(3);
    assertThat(err.toString())
        .contains("error: train/a/broken.jpg: not a JPEG, PNG or WebP image")
        .contains("--on-bad-image skip")
        .doesNotContain("\tat ");
    assertThat(folder.toFile().list()).containsExactly("set.tar.gz");

    assertThat(run(with(command, "--on-bad-image", "skip"))).as(err.toString()).isZero();
    assertThat(json("set").at("/splits/train/samples").asInt()).isEqualTo(8);
    assertThat(json("set").at("/splits/train/bad_images").asInt()).isEqualTo(1);
    JsonNode bad = new ObjectMapper().readTree(folder.resolve("set/bad-images.json").toFile());
    assertThat(bad.get("count").asInt()).isEqualTo(1);
    assertThat(bad.at("/images/0/path").asText()).isEqualTo("a/broken.jpg");
    assertThat(bad.at("/images/0/reason").asText()).startsWith("not a JPEG");
    assertThat(folder.resolve("set/_spill")).doesNotExist();

    assertThat(run(with(command, "--on-bad-image", "skip"))).isEqualTo(2);
    assertThat(err.toString()).contains("is not empty; choose another or pass --overwrite");
    assertThat(run(with(command, "--on-bad-image", "skip", "--overwrite", "--num-classes", "2")))
        .isZero();
  }

  @Test
  void wrongUsageEndsWithTwo() {
    assertThat(run("synthetic")).isEqualTo(2);
    assertThat(err.toString()).contains("Missing required option: '--output=DIR'");
    assertThat(run("synthetic", "-o", "x", "--shard-size", "much")).isEqualTo(2);
    assertThat(err.toString()).contains("'much' is not a size such as 256MB or 1GB");
    assertThat(run("synthetic", "-o", "x", "--classes", "12")).isEqualTo(2);
    assertThat(err.toString()).contains("classes must be 2 to 10, not 12");
    assertThat(run("imagenet", "--train", "t", "--val", "v", "-o", "x")).isEqualTo(2);
    assertThat(run("cifar", "-i", "c", "-o", "x", "--dataset", "mnist")).isEqualTo(2);
    assertThat(run()).isEqualTo(2);
    assertThat(run("folder", "--help")).isZero();
  }

  private int synthetic(String name, String threads) {
    return run(
        "synthetic",
        "--output",
        folder.resolve(name).toString(),
        "--classes",
        "4",
        "--train",
        "60",
        "--val",
        "8",
        "--size",
        "16",
        "--seed",
        "3",
        "--threads",
        threads,
        "--shard-size",
        "16KB",
        "--row-group-samples",
        "8");
  }

  private int run(String... args) {
    out.getBuffer().setLength(0);
    err.getBuffer().setLength(0);
    return PrepCommand.execute(new PrintWriter(out, true), new PrintWriter(err, true), args);
  }

  private static String[] with(String[] command, String... more) {
    String[] all = java.util.Arrays.copyOf(command, command.length + more.length);
    System.arraycopy(more, 0, all, command.length, more.length);
    return all;
  }

  private JsonNode json(String name) throws IOException {
    return new ObjectMapper().readTree(folder.resolve(name).resolve("dataset.json").toFile());
  }

  private static Map<String, byte[]> files(Path root) throws IOException {
    Map<String, byte[]> files = new TreeMap<>();
    try (var paths = Files.walk(root)) {
      for (Path path : paths.filter(Files::isRegularFile).toList()) {
        files.put(root.relativize(path).toString(), Files.readAllBytes(path));
      }
    }
    return files;
  }
}
