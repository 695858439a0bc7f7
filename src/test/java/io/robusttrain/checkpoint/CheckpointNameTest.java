package io.robusttrain.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Comparator;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CheckpointNameTest {
  @Test
  void saysEpochAndStep() {
    assertThat(CheckpointStore.name(7)).isEqualTo("epoch-0007");
    assertThat(CheckpointStore.name(7, 1234)).isEqualTo("epoch-0007-step-000001234");
    assertThat(CheckpointStore.name(12345, 1_234_567_890L))
        .isEqualTo("epoch-12345-step-1234567890");
    assertThat(CheckpointName.of("epoch-0007-step-000001234"))
        .isEqualTo(new CheckpointName(7, 1234));
    assertThat(CheckpointName.of("epoch-0007")).isEqualTo(new CheckpointName(7));
    assertThatThrownBy(() -> CheckpointStore.name(7, -1))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void comesInTheOrderOfTheRun() {
    List<String> order =
        List.of(
            "epoch-0000-step-000000005",
            "epoch-0001",
            "epoch-0001-step-000000011",
            "epoch-0001-step-1000000000",
            "epoch-0002",
            "epoch-10000");
    assertThat(
            order.stream()
                .sorted(Comparator.reverseOrder())
                .map(CheckpointName::of)
                .sorted()
                .map(CheckpointName::toString))
        .containsExactlyElementsOf(order);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "epoch-7",
        "epoch-00007",
        "epoch-0007-step-1",
        "epoch-0007-step-0000001234",
        "epoch-0007-step-",
        "epoch-0007-step-000001234/..",
        ".epoch-0007",
        "epoch-٠٠٠٧",
        ""
      })
  void hasOneSpelling(String text) {
    assertThat(CheckpointName.parse(text)).isEmpty();
    assertThatThrownBy(() -> CheckpointName.of(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("epoch-0007-step-000001234, not '" + text + "'");
  }
}
