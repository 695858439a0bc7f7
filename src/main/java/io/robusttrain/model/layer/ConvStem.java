package io.robusttrain.model.layer;

import io.robusttrain.tensor.Tensors;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * A stem of 3x3 convolutions, each followed by layer norm over channels and GELU, in the place of
 * one convolution of patches (Singh et al., 2023, "Revisiting Adversarial Training for ImageNet").
 * Its tensors are named as in that paper's code.
 */
public final class ConvStem {
  /**
   * One convolution.
   *
   * @param channels that it gives
   * @param stride in both directions
   */
  public record Step(int channels, int stride) {}

  private record Layer(Convolution convolution, LayerNorm norm, MeanSparse sparse) {}

  private final List<Layer> layers = new ArrayList<>();
  private final Optional<PointwiseConvolution> projection;

  /**
   * With PyTorch's default initial values.
   *
   * @param projected channels of a 1x1 convolution at the end; empty for none
   */
  public ConvStem(Scope scope, List<Step> steps, Optional<Integer> projected) {
    Scope stem = scope.child("stem");
    int in = 3;
    int next = 0;
    for (Step step : steps) {
      ConvolutionSize size = ConvolutionSize.of(in, step.channels(), 3).stride(step.stride());
      Convolution convolution = new Convolution(stem.child(next), size);
      LayerNorm norm = new LayerNorm(stem.child(next + 1), step.channels());
      MeanSparse sparse = MeanSparse.ofLast(stem.child(next + 2), step.channels());
      layers.add(new Layer(convolution, norm, sparse));
      in = step.channels();
      next += 3;
    }
    int last = in;
    Scope place = stem.child(next);
    projection =
        projected.map(
            out ->
                new PointwiseConvolution(
                    place,
                    last,
                    out,
                    Initializer.uniformFanIn(last),
                    Initializer.uniformFanIn(last)));
  }

  /** From pixels (B, 3, H, W) to features (B, H', W', C). */
  public Tensor forward(Tensor pixels) {
    Tensor x = pixels.contiguous(torch.MemoryFormat.ChannelsLast);
    for (Layer layer : layers) {
      Tensor input = x;
      x =
          Tensors.scoped(
              () -> {
                Tensor features = layer.convolution().forward(input).permute(0, 2, 3, 1);
                Tensor normed = layer.sparse().of(layer.norm().forward(features));
                return torch.gelu(normed).permute(0, 3, 1, 2);
              });
    }
    Tensor images = x;
    return projection.map(layer -> layer.forward(images)).orElse(images).permute(0, 2, 3, 1);
  }
}
