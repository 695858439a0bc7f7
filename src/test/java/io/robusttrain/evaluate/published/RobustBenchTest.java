package io.robusttrain.evaluate.published;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.robusttrain.evaluate.plan.NormalizationChoice;
import io.robusttrain.evaluate.plan.PreprocessingChoice;
import io.robusttrain.model.family.ModelRegistry;
import java.util.HashSet;
import java.util.Locale;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What the table says can be done, and asking for something else is answered. */
class RobustBenchTest {
  @Test
  void everyEntryCanBeEvaluated() {
    Set<String> names = new HashSet<>();
    for (PublishedModel model : RobustBench.models()) {
      assertThat(names.add(model.dataset() + "/" + model.name())).as(model.name()).isTrue();
      assertThat(ModelRegistry.names()).contains(model.model());
      assertThat(NormalizationChoice.parse("--normalize", model.normalization()).named())
          .isPresent();
      assertThat(PreprocessingChoice.values())
          .extracting(choice -> choice.name().toLowerCase(Locale.ROOT))
          .contains(model.preprocessing());
      assertThat(model.epsilon()).isEqualTo(model.dataset().equals("imagenet") ? "4/255" : "8/255");
      double clean = Double.parseDouble(model.clean());
      assertThat(Double.parseDouble(model.autoAttack())).isBetween(20.0, clean);
      assertThat(model.paper()).startsWith("https://");
    }
    assertThat(names).hasSize(25);
  }

  @Test
  void aNameSetsTheProtocol() {
    assertThat(RobustBench.named("Singh2023Revisiting_ConvNeXt-T-ConvStem").options())
        .containsExactly(
            "--arch=convnext_t_cvst",
            "--normalize=none",
            "--preprocessing=bicubicres256crop224",
            "--norm=linf",
            "--eps=4/255");
    assertThat(RobustBench.named("Carmon2019Unlabeled").options()).contains("--strict=false");
    assertThat(RobustBench.named("cifar10/Debenedetti2022Light_XCiT-S12").file())
        .isEqualTo("models/cifar10/Linf/Debenedetti2022Light_XCiT-S12.pt");
  }

  @Test
  void otherNamesAreAnswered() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> RobustBench.named("Wang2023Better_WRN-70-15"))
        .withMessageContaining("named Wang2023Better_WRN-70-15")
        .withMessageContaining("Wang2023Better_WRN-70-16");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> RobustBench.named("Debenedetti2022Light_XCiT-S12"))
        .withMessageContaining(
            "say imagenet/Debenedetti2022Light_XCiT-S12 or cifar10/Debenedetti2022Light_XCiT-S12");
  }
}
