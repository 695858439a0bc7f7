package io.robusttrain.analysis;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.robusttrain.attack.ThreatModel.Norm;
import io.robusttrain.base.Json;
import io.robusttrain.evaluate.result.Flag;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What the masking check says. */
class RadiusSweepTest {
  private static final RadiusSweep SWEEP =
      new RadiusSweep(Norm.LINF, List.of(0.0, 4 / 255.0, 16 / 255.0), "fgsm", 4 / 255.0, 0);

  private static List<String> words(
      int images, double[] accuracies, double pgd5, double pgd100, Flag... flags) {
    ObjectNode result = Json.object().put("n", images);
    result.set("accuracies", Json.node(accuracies));
    result.putObject("pgd").put("pgd-5", pgd5).put("pgd-100", pgd100);
    ArrayNode warnings = result.putArray("flags");
    for (Flag flag : flags) {
      warnings.addObject().put("code", flag.code()).put("text", flag.text());
    }
    return SWEEP.words(result);
  }

  @Test
  void accuracyThatFallsToNothingIsNoSign() {
    assertThat(words(1000, new double[] {0.8, 0.4, 0.01}, 0.41, 0.4))
        .containsExactly(
            "robust accuracy falls from 80.00 % at radius 0 to 1.00 % at 16/255 and does not rise"
                + " beyond chance: no sign of masked gradients");
  }

  @Test
  void accuracyThatRisesWithRadiusOrStepsIsASign() {
    Flag rising = new Flag("rising-accuracy", "robust accuracy rises");
    Flag other = new Flag("no-recorded-accuracy", "the checkpoint records no clean accuracy");
    assertThat(words(1000, new double[] {0.8, 0.4, 0.45}, 0.4, 0.42, other, rising))
        .containsExactly(
            "robust accuracy rises",
            "robust accuracy is still 45.00 % at the largest radius 16/255: a sound attack breaks"
                + " everything in a large ball; add larger radii to see whether it does",
            "pgd-100 leaves 42.00 % standing, the shorter pgd-5 40.00 %: more steps achieve less,"
                + " a sign of masked gradients");
  }

  @Test
  void anImageOfFiftyIsChance() {
    assertThat(words(50, new double[] {0.8, 0.58, 0.02}, 0.58, 0.6))
        .singleElement()
        .asString()
        .contains("no sign of masked gradients");
  }

  @Test
  void accuracyThatStaysAsksForLargerRadii() {
    assertThat(words(1000, new double[] {0.8, 0.4, 0.3}, 0.4, 0.4))
        .singleElement()
        .asString()
        .startsWith("robust accuracy is still 30.00 % at the largest radius 16/255");
  }
}
