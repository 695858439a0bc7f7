package io.robusttrain.app;

import static org.assertj.core.api.Assertions.assertThat;

import io.robusttrain.app.prep.TinyTraining;
import io.robusttrain.model.Architecture;
import io.robusttrain.model.ModelOptions;
import io.robusttrain.model.family.ModelRegistry;
import io.robusttrain.storage.OddFolder;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Runs that start from weights for other classes, sizes and patches, and train a part of them. */
@Tag("slow")
class FineTuningTest {
  private static final String MODEL = "checkpoints/epoch-0001/model.safetensors";

  @TempDir(factory = OddFolder.class)
  static Path folder;

  private static TinyTraining training;

  @BeforeAll
  static void draw() {
    training = TinyTraining.withImages(folder);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "model.name=xcit_nano_12_p8_32 | model.depth=2",
        "model.name=xcit_nano_12_p4_32 | model.depth=2",
        "model.name=xcit_nano_12_p2_32 | model.depth=2",
        "model.name=xcit_nano_12_p16_224 | model.stem-strides=[1,1,1,2]"
      })
  void patchesOf16OnLargerImagesBecomeSmallerOnesAt32Pixels(String model, String strides)
      throws IOException {
    // Strict: no tensor but the head has another shape.
    TinyTraining.Outcome outcome =
        training.train(
            "dry",
            "--dry-run",
            model,
            strides == null ? "model.depth=2" : strides,
            "model.depth=2",
            "model.initial-checkpoint=" + largeXcit(),
            "model.initial.head=replace");
    assertThat(outcome.code()).as(outcome.err()).isZero();
    assertThat(outcome.out())
        .contains(
            "initial weights from the model file ", "initialised anew: head.weight, head.bias");
  }

  @Test
  void aModelWithSmallerPatchesTrains() throws IOException {
    Path file = largeXcit();
    TinyTraining.Outcome outcome =
        training.train(
            "patch-4",
            "train.max-steps=5",
            "model.name=xcit_nano_12_p4_32",
            "model.depth=2",
            "model.initial-checkpoint=" + file,
            "model.initial.head=replace",
            "optim.layer-decay=0.75");
    assertThat(outcome.code()).as(outcome.err()).isZero();
    assertThat(changed(file, training.run("patch-4").resolve(MODEL)))
        .contains("blocks.0.attn.qkv.weight", "patch_embed.proj.0.0.weight", "head.weight");
  }

  private static Path largeXcit() throws IOException {
    return SavedModel.write(
        folder.resolve("p16.safetensors"),
        xcit("xcit_nano_12_p16_224", Map.of("img_size", 224, "num_classes", 100)));
  }

  @Test
  void aFrozenBeginningStaysToTheLastBit() throws IOException {
    Path file =
        SavedModel.write(
            folder.resolve("frozen.safetensors"),
            xcit("xcit_nano_12_p8_32", Map.of("img_size", 32, "num_classes", 10)));
    TinyTraining.Outcome outcome =
        training.train(
            "frozen",
            "train.max-steps=5",
            "model.depth=2",
            "model.initial-checkpoint=" + file,
            "model.initial.head=replace",
            "model.normalize=default",
            "model.initial.check-normalization=false",
            "optim.freeze=[cls_token]",
            "optim.freeze-until=blocks.1",
            "optim.clip-grad-norm=1");
    assertThat(outcome.code()).as(outcome.err()).isZero();
    Path trained = training.run("frozen").resolve(MODEL);
    Set<String> still = new TreeSet<>(TinyTraining.tensors(trained).keySet());
    still.removeAll(changed(file, trained));
    still.removeIf(name -> name.endsWith("num_batches_tracked"));
    still.removeIf(name -> name.endsWith("attn.k.bias")); // has no gradient: softmax ignores shifts
    assertThat(still)
        .contains("cls_token", "pos_embed.token_projection.weight", "blocks.0.gamma1")
        .contains("patch_embed.proj.0.1.running_mean", "blocks.0.local_mp.bn.running_var");
    Set<String> beginning = new TreeSet<>(TinyTraining.tensors(file).keySet());
    beginning.removeIf(name -> !name.matches("(cls_token|pos_embed|patch_embed|blocks\\.0\\.).*"));
    beginning.removeIf(name -> name.endsWith("num_batches_tracked"));
    assertThat(still).isEqualTo(beginning);
  }

  @Test
  void aResNetGetsAStemForSmallImages() throws IOException {
    Map<String, Object> sizes =
        Map.of("num_classes", 7, "layers", List.of(1, 1, 1, 1), "channels", List.of(8, 12, 16, 20));
    Path file =
        SavedModel.write(
            folder.resolve("resnet.safetensors"),
            ModelRegistry.create("resnet50", ModelOptions.of(sizes)));
    TinyTraining.Outcome outcome =
        TinyTraining.command(
            "model.name=resnet50_32",
            "model.img-size=32",
            "model.drop-path=0",
            "model.args={layers=[1,1,1,1],channels=[8,12,16,20]}",
            "model.initial-checkpoint=" + file,
            "model.initial.head=replace",
            "model.initial.stem=replace",
            "optim.freeze=[layer1]",
            "data.path=" + training.data(),
            "run.dir=" + folder.resolve("runs"),
            "run.id=resnet",
            "train.epochs=2",
            "train.max-steps=5",
            "train.global-batch=16",
            "train.micro-batch=4",
            "lr-schedule.warmup-epochs=1",
            "eps-schedule.period=2");
    assertThat(outcome.code()).as(outcome.err()).isZero();
    assertThat(outcome.out()).contains("initialised anew: conv1.weight, fc.weight, fc.bias");
    assertThat(changed(file, training.run("resnet").resolve(MODEL)))
        .contains("conv1.weight", "bn1.running_mean", "layer2.0.conv1.weight", "fc.weight")
        .noneMatch(name -> name.startsWith("layer1.") && !name.endsWith("num_batches_tracked"));
  }

  @Test
  void positionEmbeddingsAreInterpolated() throws IOException {
    Map<String, Object> sizes =
        Map.of("embed_dim", 32, "depth", 2, "num_heads", 2, "num_classes", 7, "img_size", 64);
    Path file =
        SavedModel.write(
            folder.resolve("deit.safetensors"),
            ModelRegistry.create("deit_tiny_patch16_224", ModelOptions.of(sizes)));
    TinyTraining.Outcome outcome =
        training.train(
            "deit",
            "--dry-run",
            "model.name=deit_tiny_patch16_224",
            "model.depth=2",
            "model.initial-checkpoint=" + file,
            "model.initial.head=replace",
            "optim.layer-decay=0.65");
    assertThat(outcome.code()).as(outcome.err()).isZero();
    assertThat(outcome.out()).contains("pos_embed").contains("initialised anew: head.weight");
  }

  @Test
  void aRunWithExtraDataGoesOnAtAnEpochAsIfNothingHappened() throws IOException {
    String[] changes = {
      "model.depth=1",
      "data.extra.path=" + training.data(),
      "data.extra.split=validation",
      "checkpoint.keep=9",
      "validation.every=2",
      "train.max-steps=18"
    };
    TinyTraining.Outcome whole = training.train("whole", changes);
    assertThat(whole.code()).as(whole.err()).isZero();
    assertThat(whole.out())
        .contains("40 images, 2 of each micro-batch of 4")
        .containsPattern("steps +2 epochs of 9 steps");
    changes[5] = "train.max-steps=9";
    assertThat(training.train("parts", changes).code()).isZero();
    changes[5] = "train.max-steps=18";
    assertThat(training.train("parts", changes).code()).isZero();
    String last = "checkpoints/epoch-0002/model.safetensors";
    assertThat(TinyTraining.tensors(training.run("parts").resolve(last)))
        .isEqualTo(TinyTraining.tensors(training.run("whole").resolve(last)));
  }

  @Test
  void unknownNamesAreAnsweredWithTheNearest() {
    TinyTraining.Outcome outcome =
        training.train("wrong", "--dry-run", "optim.freeze=[blocks.0, patch_embd]");
    assertThat(outcome.code()).isEqualTo(2);
    assertThat(outcome.err())
        .contains("optim.freeze: no tensor's name begins with patch_embd")
        .contains("patch_embed");
    TinyTraining.Outcome all =
        training.train(
            "all",
            "--dry-run",
            "optim.freeze=[cls_token, pos_embed, patch_embed, blocks, cls_attn_blocks, norm, head]");
    assertThat(all.code()).isEqualTo(2);
    assertThat(all.err()).contains("optim.freeze leaves no tensor of xcit_nano_12_p8_32 to train");
  }

  private static Architecture xcit(String name, Map<String, Object> further) {
    Map<String, Object> sizes = new java.util.TreeMap<>(further);
    sizes.putAll(Map.of("embed_dim", 32, "depth", 2, "num_heads", 2));
    return ModelRegistry.create(name, ModelOptions.of(sizes));
  }

  /** The names whose bytes differ. */
  private static List<String> changed(Path before, Path after) throws IOException {
    Map<String, ByteBuffer> old = TinyTraining.tensors(before);
    List<String> changed = new ArrayList<>();
    TinyTraining.tensors(after)
        .forEach(
            (name, bytes) -> {
              if (!bytes.equals(old.get(name))) {
                changed.add(name);
              }
            });
    return changed;
  }
}
