package io.robusttrain.model.family;

import io.robusttrain.model.TimmModel;
import io.robusttrain.model.layer.ConvStem;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The lines of Python that put a {@link ConvStem} into one of timm's models, which have none. */
final class TimmConvStem {
  private TimmConvStem() {}

  /**
   * A model of timm's with a stem of convolutions.
   *
   * @param place of the stem in the model, such as {@code model.stem}
   * @param projected channels of a 1x1 convolution at the end; empty for none
   */
  static TimmModel in(
      TimmModel model, String place, List<ConvStem.Step> steps, Optional<Integer> projected) {
    List<String> layers = new ArrayList<>();
    int in = 3;
    for (ConvStem.Step step : steps) {
      layers.add(
          "torch.nn.Conv2d(%d, %d, 3, stride=%d, padding=1)"
              .formatted(in, step.channels(), step.stride()));
      layers.add("timm.layers.LayerNorm2d(%d, eps=1e-6)".formatted(step.channels()));
      layers.add("torch.nn.GELU()");
      in = step.channels();
    }
    int last = in;
    projected.ifPresent(out -> layers.add("torch.nn.Conv2d(%d, %d, 1)".formatted(last, out)));
    return model
        .then(place + " = torch.nn.Sequential()")
        .then(
            "%s.add_module(\"stem\", torch.nn.Sequential(%s))"
                .formatted(place, String.join(", ", layers)));
  }
}
