package io.robusttrain.app.prep;

import static org.assertj.core.api.Assertions.assertThat;

import io.robusttrain.config.RunConfig;
import io.robusttrain.config.read.ConfigLoader;
import io.robusttrain.data.load.AugmentedOrder;
import io.robusttrain.data.load.MicroBatch;
import io.robusttrain.data.load.TrainLoader;
import io.robusttrain.data.load.TrainingSample;
import io.robusttrain.data.order.BatchOrder;
import io.robusttrain.data.order.LastBatch;
import io.robusttrain.data.order.ShuffleMode;
import io.robusttrain.data.shard.ImageSet;
import io.robusttrain.model.Architecture;
import io.robusttrain.model.ModelOptions;
import io.robusttrain.model.family.ModelRegistry;
import io.robusttrain.storage.OddFolder;
import io.robusttrain.train.TrainingPreview;
import io.robusttrain.train.TrainingPreview.Attacked;
import io.robusttrain.train.plan.Augmentations;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PrepPreviewCommandTest {
  private static final String[] MODEL = {
    "model.name=xcit_nano_12_p8_32",
    "model.img-size=32",
    "model.embed-dim=32",
    "model.depth=1",
    "model.num-heads=2"
  };
  private static final String[] HEAVY = {
    "augment.aa=rand-m9-mstd0.5-inc1",
    "augment.reprob=0.5",
    "augment.vflip=0.5",
    "augment.rotation=5",
    "augment.warmup-epochs=3"
  };

  @TempDir(factory = OddFolder.class)
  static Path folder;

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  @BeforeAll
  static void images() {
    PrintWriter quiet = new PrintWriter(new StringWriter());
    String[] command = {
      "synthetic",
      "--output",
      data(),
      "--size",
      "40",
      "--train",
      "24",
      "--val",
      "4",
      "--classes",
      "4",
      "--threads",
      "1"
    };
    assertThat(PrepCommand.execute(quiet, quiet, command)).isZero();
  }

  @Test
  void drawsVersionsAndAttackedImages() throws IOException {
    Path sheet = folder.resolve("sheet.png");
    String[] options = {"--n", "3", "--epochs", "2", "--model", "random", "-o", sheet.toString()};
    assertThat(preview(options, HEAVY)).as(err.toString()).isZero();
    assertThat(out.toString()).contains("sheet.png: 3 images, 2 epochs");
    BufferedImage image = ImageIO.read(sheet.toFile());
    // Cells of 4 x 32 pixels: original, two epochs, attacked, perturbation.
    assertThat(image.getWidth()).isEqualTo(2 * 12 + 5 * 128 + 4 * 6);
    assertThat(image.getHeight()).isEqualTo(12 + 2 * 16 + 6 + 3 * (128 + 16 + 6) + 12);
    byte[] first = Files.readAllBytes(sheet);
    assertThat(preview(options, HEAVY)).isEqualTo(2);
    assertThat(err.toString()).contains("sheet.png exists already");
    String[] again =
        Stream.concat(Arrays.stream(options), Stream.of("--overwrite")).toArray(String[]::new);
    assertThat(preview(again, HEAVY)).isZero();
    assertThat(Files.readAllBytes(sheet)).isEqualTo(first);
  }

  @Test
  void theStageOfTheFirstEpochIsShown() throws IOException {
    String[] stages = {
      "train.epochs=5",
      "lr-schedule.warmup-epochs=1",
      "stages=[{ epochs = 3, img-size = 16 }, { epochs = 2 }]"
    };
    Path sheet = folder.resolve("stages.png");
    String[] options = {"--n", "1", "--overwrite", "-o", sheet.toString(), "--first-epoch", "1"};
    assertThat(preview(options, stages)).as(err.toString()).isZero();
    assertThat(out.toString()).contains("stages.png: 1 images, 2 epochs");
    // Cells of 7 x 16 pixels: original, two epochs.
    assertThat(ImageIO.read(sheet.toFile()).getWidth()).isEqualTo(2 * 12 + 3 * 112 + 2 * 6);
    options[options.length - 1] = "3";
    assertThat(preview(options, stages)).as(err.toString()).isZero();
    assertThat(out.toString()).contains("stages.png: 1 images, 4 epochs");
    assertThat(ImageIO.read(sheet.toFile()).getWidth()).isEqualTo(2 * 12 + 5 * 128 + 4 * 6);
  }

  @Test
  void theVersionsAreThoseThatTrainingLoads() {
    RunConfig config = config(HEAVY);
    Configuration hadoop = new Configuration();
    TrainingPreview preview = new TrainingPreview(config, hadoop);
    ImageSet set = ImageSet.open(hadoop, data(), "train");
    Architecture model =
        ModelRegistry.create("xcit_nano_12_p8_32", ModelOptions.none().with("img_size", 32));
    BatchOrder order =
        BatchOrder.of(set, 24, 24, config.run().seed(), new ShuffleMode.Full(), LastBatch.KEEP);
    try (TrainLoader loader =
        new TrainLoader(
            set,
            hadoop,
            new AugmentedOrder(
                order,
                Augmentations.of(config.augment(), model.defaultPreprocessing().unnormalized()),
                config.run().seed()),
            new int[] {0},
            1,
            0)) {
      for (long epoch : new long[] {0, 1, 5}) {
        MicroBatch batch = loader.load(epoch, 0).microBatches().get(0);
        for (TrainingSample sample : preview.samples(5)) {
          int at = Arrays.stream(batch.sampleIds()).boxed().toList().indexOf(sample.id());
          byte[] loaded = Arrays.copyOfRange(batch.pixels(), at * 3072, (at + 1) * 3072);
          assertThat(preview.augmented(sample, epoch)).isEqualTo(loaded);
          assertThat(sample.label()).isEqualTo(batch.labels()[at]);
        }
      }
    }
  }

  @Test
  void perturbationsAreCentredAndWithinTheRadius() {
    for (String norm : new String[] {"attack.norm=linf", "attack.norm=l2"}) {
      RunConfig config = config(norm, "attack.eps=8/255", "attack.steps=3");
      TrainingPreview preview = new TrainingPreview(config, new Configuration());
      List<TrainingSample> samples = preview.samples(2);
      List<byte[]> clean = samples.stream().map(s -> preview.augmented(s, 0)).toList();
      List<Attacked> attacked = preview.attack(Optional.empty(), samples, clean);
      assertThat(attacked).hasSize(2);
      for (int i = 0; i < 2; i++) {
        int worst = 0;
        for (int p = 0; p < 3072; p++) {
          int moved = (attacked.get(i).adversarial()[p] & 0xff) - (clean.get(i)[p] & 0xff);
          worst = Math.max(worst, Math.abs(moved));
          int shown = (attacked.get(i).perturbation()[p] & 0xff) - 127;
          assertThat(moved == 0 || Integer.signum(moved) == Integer.signum(shown) || shown == 0)
              .as("moved by %d, shown as %d", moved, shown)
              .isTrue();
        }
        assertThat(worst).isBetween(1, 8);
      }
    }
  }

  @Test
  void wrongInputIsRefused() throws IOException {
    String sheet = folder.resolve("none.png").toString();
    assertThat(preview(new String[] {"-o", folder.resolve("a.jpg").toString()})).isEqualTo(2);
    assertThat(err.toString()).contains("--output must end in .png");
    assertThat(preview(new String[] {"-o", "/no/such/folder/a.png"})).isEqualTo(2);
    assertThat(err.toString()).contains("there is no folder /no/such/folder");
    assertThat(preview(new String[] {"-o", sheet, "--n", "0"})).isEqualTo(2);
    assertThat(err.toString()).contains("--n and --epochs must be positive");
    assertThat(preview(new String[] {"-o", sheet, "--n", "9000"})).isEqualTo(2);
    assertThat(err.toString()).contains("lower --n or --epochs");
    assertThat(preview(new String[] {"-o", sheet}, "augment.aa=rand-x1")).isEqualTo(2);
    assertThat(err.toString()).contains("augment.aa", "RandAugment takes m<0..100>");
    assertThat(preview(new String[] {"-o", sheet}, "data.train-split=fit")).isEqualTo(3);
    assertThat(err.toString()).contains("fit");
    assertThat(preview(new String[] {"-o", sheet, "--model", "/no/model"})).isEqualTo(2);
    assertThat(err.toString()).contains("--model: /no/model");
    Path text = Files.writeString(folder.resolve("text"), "no weights");
    assertThat(preview(new String[] {"-o", sheet, "--model", text.toString()})).isEqualTo(2);
    assertThat(err.toString()).contains("--model: ", "text");
    assertThat(preview(new String[] {"-o", sheet}, "model.name=xcit_nana")).isEqualTo(2);
    assertThat(err.toString()).contains("xcit_nana");
    assertThat(Files.exists(Path.of(sheet))).isFalse();
  }

  private int preview(String[] options, String... overrides) {
    out.getBuffer().setLength(0);
    err.getBuffer().setLength(0);
    List<String> command = new ArrayList<>(List.of("preview", "--data", data()));
    Collections.addAll(command, options);
    Collections.addAll(command, MODEL);
    Collections.addAll(command, overrides);
    return PrepCommand.execute(
        new PrintWriter(out), new PrintWriter(err), command.toArray(String[]::new));
  }

  private static RunConfig config(String... overrides) {
    List<String> all = new ArrayList<>(List.of(MODEL));
    all.add("data.path=" + data());
    Collections.addAll(all, overrides);
    return ConfigLoader.load(List.of(), all);
  }

  private static String data() {
    return folder.resolve("data").toString();
  }
}
