package io.robusttrain.model;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The named XCiTs: timm's, the 12-deep medium and large ones of the paper "A Light Recipe to Train
 * Robust Vision Transformers", and its adaptations to 32-pixel images.
 */
final class XcitVariants {
  private XcitVariants() {}

  private record Size(String name, int dim, int depth, int heads, boolean tokensNorm) {
    /** Deeper models start closer to the identity. */
    double eta() {
      return depth > 18 ? 1e-5 : 1.0;
    }
  }

  private record Input(String suffix, int side, int patch, List<Integer> strides, int classes) {}

  private static final List<Size> SIZES =
      List.of(
          new Size("nano_12", 128, 12, 4, false),
          new Size("tiny_12", 192, 12, 4, true),
          new Size("tiny_24", 192, 24, 4, true),
          new Size("small_12", 384, 12, 8, true),
          new Size("small_24", 384, 24, 8, true),
          new Size("medium_12", 512, 12, 8, true),
          new Size("medium_24", 512, 24, 8, true),
          new Size("large_12", 768, 12, 16, true),
          new Size("large_24", 768, 24, 16, true));

  private static final List<Input> INPUTS =
      List.of(
          new Input("p16_224", 224, 16, List.of(2, 2, 2, 2), 1000),
          new Input("p16_384", 384, 16, List.of(2, 2, 2, 2), 1000),
          new Input("p8_224", 224, 8, List.of(2, 2, 2), 1000),
          new Input("p8_384", 384, 8, List.of(2, 2, 2), 1000),
          new Input("p8_32", 32, 8, List.of(1, 2, 2, 2), 10),
          new Input("p4_32", 32, 4, List.of(1, 1, 2, 2), 10),
          new Input("p2_32", 32, 2, List.of(1, 1, 1, 1), 10));

  static Map<String, XcitConfig> all() {
    Map<String, XcitConfig> all = new LinkedHashMap<>();
    for (Size size : SIZES) {
      for (Input input : INPUTS) {
        String name = "xcit_" + size.name() + "_" + input.suffix();
        all.put(
            name,
            new XcitConfig(
                name,
                input.side(),
                input.side(),
                input.classes(),
                input.patch(),
                input.strides(),
                size.dim(),
                size.depth(),
                size.heads(),
                4.0,
                0.0,
                2,
                size.eta(),
                size.tokensNorm()));
      }
    }
    return all;
  }
}
