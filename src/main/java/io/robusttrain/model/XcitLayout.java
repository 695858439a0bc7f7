package io.robusttrain.model;

import io.robusttrain.tensor.ParameterLayout;
import io.robusttrain.tensor.ParameterSpec;
import io.robusttrain.tensor.Segment;
import java.util.ArrayList;
import java.util.List;

/** Names and shapes of an XCiT's tensors, in the order of timm's state dict. */
final class XcitLayout {
  /** Channels of the Fourier features: 32 for each axis. */
  static final int FOURIER = 64;

  private static final String MEAN = ".running_mean";

  private final XcitConfig config;
  private final List<ParameterSpec> specs = new ArrayList<>();

  private XcitLayout(XcitConfig config) {
    this.config = config;
  }

  static ParameterLayout of(XcitConfig config) {
    XcitLayout layout = new XcitLayout(config);
    layout.model();
    return new ParameterLayout(layout.specs);
  }

  /** The batch norms of a layout, by prefix, in order. */
  static List<String> batchNorms(ParameterLayout layout) {
    return layout.specs().stream()
        .filter(spec -> spec.segment() == Segment.STATISTICS && spec.name().endsWith(MEAN))
        .map(spec -> spec.name().substring(0, spec.name().length() - MEAN.length()))
        .toList();
  }

  /** The module of the stem's convolution {@code index}; activations take the odd numbers. */
  static String stem(int index) {
    return "patch_embed.proj." + 2 * index;
  }

  private void model() {
    int dim = config.dim();
    parameter("cls_token", 1, 1, dim);
    for (int i = 0; i < config.strides().size(); i++) {
      int in = i == 0 ? 3 : config.stemChannels(i - 1);
      int out = config.stemChannels(i);
      parameter(stem(i) + ".0.weight", out, in, 3, 3);
      batchNorm(stem(i) + ".1", out);
    }
    parameter("pos_embed.token_projection.weight", dim, FOURIER, 1, 1);
    parameter("pos_embed.token_projection.bias", dim);
    for (int i = 0; i < config.depth(); i++) {
      block("blocks." + i + ".");
    }
    for (int i = 0; i < config.classDepth(); i++) {
      classBlock("cls_attn_blocks." + i + ".");
    }
    affine("norm", dim);
    linear("head", dim, config.numClasses());
  }

  private void block(String prefix) {
    int dim = config.dim();
    parameter(prefix + "gamma1", dim);
    parameter(prefix + "gamma3", dim);
    parameter(prefix + "gamma2", dim);
    affine(prefix + "norm1", dim);
    parameter(prefix + "attn.temperature", config.heads(), 1, 1);
    linear(prefix + "attn.qkv", dim, 3 * dim);
    linear(prefix + "attn.proj", dim, dim);
    affine(prefix + "norm3", dim);
    depthwise(prefix + "local_mp.conv1");
    batchNorm(prefix + "local_mp.bn", dim);
    depthwise(prefix + "local_mp.conv2");
    affine(prefix + "norm2", dim);
    mlp(prefix + "mlp");
  }

  private void classBlock(String prefix) {
    int dim = config.dim();
    parameter(prefix + "gamma1", dim);
    parameter(prefix + "gamma2", dim);
    affine(prefix + "norm1", dim);
    for (String part : List.of("q", "k", "v", "proj")) {
      linear(prefix + "attn." + part, dim, dim);
    }
    affine(prefix + "norm2", dim);
    mlp(prefix + "mlp");
  }

  private void mlp(String prefix) {
    linear(prefix + ".fc1", config.dim(), config.hidden());
    linear(prefix + ".fc2", config.hidden(), config.dim());
  }

  private void depthwise(String prefix) {
    parameter(prefix + ".weight", config.dim(), 1, 3, 3);
    parameter(prefix + ".bias", config.dim());
  }

  private void linear(String prefix, int in, int out) {
    parameter(prefix + ".weight", out, in);
    parameter(prefix + ".bias", out);
  }

  private void affine(String prefix, int dim) {
    parameter(prefix + ".weight", dim);
    parameter(prefix + ".bias", dim);
  }

  private void batchNorm(String prefix, int channels) {
    affine(prefix, channels);
    specs.add(ParameterSpec.statistic(prefix + MEAN, channels));
    specs.add(ParameterSpec.statistic(prefix + ".running_var", channels));
  }

  private void parameter(String name, long... shape) {
    specs.add(ParameterSpec.parameter(name, shape));
  }
}
