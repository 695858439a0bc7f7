package io.robusttrain.model;

import io.robusttrain.tensor.Tensors;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/** XCiT's patch embedding: 3x3 convolutions with batch norm, and GELU between them. */
final class XcitStem {
  private record Layer(Convolution convolution, BatchNorm norm) {}

  private final List<Layer> layers = new ArrayList<>();

  XcitStem(XcitConfig config, BoundTensors tensors) {
    for (int i = 0; i < config.strides().size(); i++) {
      String prefix = XcitLayout.stem(i);
      layers.add(
          new Layer(
              Convolution.withoutBias(tensors, prefix + ".0", config.strides().get(i)),
              BatchNorm.of(tensors, prefix + ".1")));
    }
  }

  /** From pixels (B, 3, H, W) to (B, D, H / patch, W / patch), channels last in memory. */
  Tensor forward(Tensor pixels, ForwardPass pass) {
    // Channels last from the start: the tokens are then a view, and no layer reorders its input.
    Tensor x = pixels.contiguous(torch.MemoryFormat.ChannelsLast);
    for (int i = 0; i < layers.size(); i++) {
      Layer layer = layers.get(i);
      Tensor input = x;
      boolean activate = i > 0;
      x =
          Tensors.scoped(
              () ->
                  layer
                      .norm()
                      .forward(
                          layer.convolution().forward(activate ? torch.gelu(input) : input), pass));
    }
    return x;
  }
}
