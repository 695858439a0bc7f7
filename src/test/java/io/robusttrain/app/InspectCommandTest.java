package io.robusttrain.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What {@code RobustInspect} prints of models. */
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

  @ParameterizedTest
  @CsvSource({
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
