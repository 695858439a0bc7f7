package io.robusttrain.model.family;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.robusttrain.model.Architecture;
import io.robusttrain.model.ModelOptions;
import io.robusttrain.oracle.Numeric;
import io.robusttrain.oracle.SafetensorsFixture;
import io.robusttrain.tensor.ParameterSpec;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which of the two PoolFormers a name means, and the names of their tensors. */
@Numeric
class PoolFormerTest {
  @ParameterizedTest
  @CsvSource({
    "poolformer_s12, timm",
    "poolformer_s24, timm",
    "poolformer_s36, timm",
    "poolformer_m12, paper",
    "poolformer_m36, timm",
    "poolformer_m48, timm"
  })
  void namesOfTimmAreTimmsModels(String name, String head) {
    Architecture model = ModelRegistry.create(name, ModelOptions.none());
    assertThat(model.arguments()).containsEntry("head", head);
  }

  @Test
  void bothHeadsHaveTheSameTensors() {
    Architecture timm = ModelRegistry.create("poolformer_m12", Map.of("head", "timm"));
    Architecture paper = ModelRegistry.create("poolformer_m12", Map.of("head", "paper"));
    assertThat(timm.layout().specs()).isEqualTo(paper.layout().specs());
    assertThat(timm.aliases()).isEqualTo(paper.aliases());
  }

  @Test
  void everyTensorHasItsOlderName() {
    Architecture model =
        ModelRegistry.create(
            "poolformer_m12", ModelOptions.none().with("depths", List.of(1, 1, 2, 1)));
    List<String> recorded =
        SafetensorsFixture.read("golden/models/poolformer_pinned.safetensors")
            .names("model.")
            .stream()
            .map(name -> name.substring("model.".length()))
            .toList();
    List<String> layout = model.layout().specs().stream().map(ParameterSpec::name).toList();
    assertThat(model.aliases().keySet())
        .containsExactlyInAnyOrderElementsOf(recorded)
        .doesNotContainAnyElementsOf(layout);
    assertThat(model.aliases().values()).containsExactlyInAnyOrderElementsOf(layout);
  }

  @Test
  void refusesUnknownHeadsAndStagesOfTheSameWidth() {
    assertThatThrownBy(() -> ModelRegistry.create("poolformer_s12", Map.of("head", "cls")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("head must be timm or paper, not cls");
    assertThatThrownBy(
            () -> ModelRegistry.create("poolformer_s12", Map.of("dims", List.of(8, 8, 16, 24))))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("dims must differ");
    assertThatThrownBy(
            () -> ModelRegistry.create("convnext_tiny", Map.of("depths", List.of(1, 1, 1))))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("depths must be 4 positive numbers");
  }
}
