package io.robusttrain.app.inspect;

import static org.assertj.core.api.Assertions.assertThat;

import io.robusttrain.app.SavedModel;
import io.robusttrain.storage.OddFolder;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What {@code RobustInspect} prints and writes. */
class InspectCommandTest {
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  @Test
  void aModelIsShownWithItsLayersAndCounts() {
    assertThat(execute("model", "xcit_small_12_p16_224")).as(err.toString()).isZero();
    assertThat(out.toString())
        .containsPattern("blocks\\.11\\.mlp\\.fc1 +linear +196x384 +196x1536 +591,360 +115,605,504")
        .containsPattern("parameters +26,253,304")
        .containsPattern("buffers +10,672 elements")
        .containsPattern("GMACs +4\\.79")
        .contains("crop_pct 1.0, bicubic, mean [0.485, 0.456, 0.406]");
  }

  @Test
  void aModelsArgumentsCanBeOverridden() {
    String[] command = {
      "model",
      "xcit_nano_12_p16_224",
      "--no-layers",
      "--img-size=48x80",
      "--num-classes=7",
      "--arg=embed_dim=64",
      "--arg=stem_strides=[1,2,2,2]"
    };
    assertThat(execute(command)).as(err.toString()).isZero();
    assertThat(out.toString())
        .containsPattern("img_size +\\[48, 80\\]")
        .containsPattern("embed_dim +64")
        .containsPattern("patch_size +8")
        .contains("an image of 48x80")
        .doesNotContain("fc1");
  }

  @Test
  void modelsAreListed() {
    assertThat(execute("models", "xcit_nano_12_p")).as(err.toString()).isZero();
    assertThat(out.toString().lines()).hasSize(8);
    assertThat(out.toString())
        .containsPattern("xcit_nano_12_p16_224 +3\\.05 +0\\.551 +224x224 +1000 +1\\.000 +bicubic");
  }

  /** Everything of a checkpoint of this project, and its way out to timm. */
  @Test
  void aCheckpointIsShownAndExported(@TempDir(factory = OddFolder.class) Path folder)
      throws IOException {
    Path source = SavedModel.write(folder.resolve("run/best/model.safetensors"));
    assertThat(execute("checkpoint", folder.resolve("run").toString())).as(err.toString()).isZero();
    assertThat(out.toString())
        .contains("model file", "of a resnet50_32")
        .containsPattern(
            "scores +clean 50\\.00 %, FGSM 25\\.00 % at epsilon 0\\.015686 \\(4\\.00/255\\)")
        .containsPattern("classes +2: cat, dog")
        .containsPattern("conv1\\.weight +F32 +1,728 +\\[64, 3, 3, 3\\]")
        .contains("SHA-256 of header and data verified");
    Path target = folder.resolve("out.safetensors");
    String[] export = {"export", folder.resolve("run").toString(), target.toString()};
    assertThat(execute(export)).as(err.toString()).isZero();
    assertThat(out.toString())
        .contains(
            "model = timm.create_model(\"resnet50\", num_classes=2, layers=(1, 1, 1, 1),"
                + " channels=(8, 12, 16, 20))",
            "model.conv1 = torch.nn.Conv2d(3, 64, 3, padding=1, bias=False)",
            "model.maxpool = torch.nn.Identity()",
            "strict=True");
    assertThat(target).hasSameBinaryContentAs(source);
    assertThat(execute(export)).isEqualTo(2);
    assertThat(err.toString()).contains("exists already; name another file or say --overwrite");
  }

  @Test
  void aDamagedCheckpointIsRefusedWithThree(@TempDir(factory = OddFolder.class) Path folder)
      throws IOException {
    Path file = SavedModel.write(folder.resolve("model.safetensors"));
    byte[] bytes = Files.readAllBytes(file);
    bytes[bytes.length / 2] ^= 1;
    Files.write(file, bytes);
    assertThat(execute("checkpoint", file.toString())).isEqualTo(3);
    assertThat(err.toString()).contains("is damaged: the SHA-256 of its data");
    Files.write(file, Arrays.copyOf(bytes, bytes.length - 100));
    assertThat(execute("checkpoint", file.toString())).isEqualTo(3);
    assertThat(err.toString()).contains("is damaged");
  }

  @Test
  void filesOfOthersHaveTensorsButNoExport(@TempDir(factory = OddFolder.class) Path folder) {
    String file = "src/test/resources/pytorch-files/xcit_plain.pth";
    assertThat(execute("checkpoint", file)).as(err.toString()).isZero();
    assertThat(out.toString())
        .contains("PyTorch file")
        .containsPattern("cls_token +F32 +32 +\\[1, 1, 32\\]");
    assertThat(execute("export", file, folder.resolve("x.safetensors").toString())).isEqualTo(3);
    assertThat(err.toString()).contains("is not a model of this project");
    assertThat(execute("checkpoint", "src/test/resources/pytorch-files/hostile.pth")).isEqualTo(3);
    assertThat(err.toString()).contains("posix.system");
  }

  @ParameterizedTest
  @CsvSource({
    "checkpoint nowhere/run,error: there is no nowhere/run; name a model file",
    "model xcit_smal_12_p16_224,error: unknown model xcit_smal_12_p16_224; the nearest are",
    "model xcit_small_12_p16_224 --arg=head_dim=3,error: unknown model argument head_dim",
    "model xcit_small_12_p16_224 --arg=depths=[1],xcit_small_12_p16_224 has no argument depths",
    "models vgg,error: no model's name contains 'vgg'",
    "model,Missing required parameter: 'NAME'",
    "'',name what to inspect"
  })
  void wrongUsageIsAnsweredWithTwo(String command, String message) {
    assertThat(execute(command.isEmpty() ? new String[0] : command.split(" ", -1))).isEqualTo(2);
    assertThat(err.toString()).contains(message).doesNotContain("\tat ");
  }

  private int execute(String... args) {
    return InspectCommand.execute(new PrintWriter(out), new PrintWriter(err), args);
  }
}
