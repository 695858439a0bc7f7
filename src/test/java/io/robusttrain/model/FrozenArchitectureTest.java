package io.robusttrain.model;

import static org.assertj.core.api.Assertions.assertThat;

import io.robusttrain.model.family.ModelRegistry;
import io.robusttrain.tensor.ComputeDevice;
import io.robusttrain.tensor.FlatParameters;
import io.robusttrain.tensor.SeedKey;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.Test;

class FrozenArchitectureTest {
  private final Architecture plain =
      ModelRegistry.create(
          "resnet18_32",
          ModelOptions.none()
              .with("img_size", 16)
              .with("layers", List.of(1, 1, 1, 1))
              .with("channels", List.of(4, 4, 4, 4))
              .withNumClasses(2));

  @Test
  void tellsOfTheLayersThatRunAsTheModelItselfDoes() {
    Architecture frozen =
        new FrozenArchitecture(
            plain, Set.of("conv1.weight", "bn1.running_mean", "bn1.running_var"));
    assertThat(layers(frozen)).isNotEmpty().isEqualTo(layers(plain));
  }

  private static List<String> layers(Architecture architecture) {
    List<String> names = new ArrayList<>();
    try (FlatParameters parameters = new FlatParameters(architecture.layout(), ComputeDevice.CPU);
        PointerScope scope = new PointerScope()) {
      architecture.initialize(parameters, SeedKey.of(3));
      try (Classifier classifier =
          architecture.bind(parameters, (layer, kind, input, output) -> names.add(layer))) {
        classifier.forward(torch.zeros(1, 3, 16, 16), ForwardPass.eval());
      }
    }
    return names;
  }
}
