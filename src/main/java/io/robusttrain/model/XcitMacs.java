package io.robusttrain.model;

/** Multiply-adds of an XCiT's convolutions and matrix products, as fvcore counts them. */
final class XcitMacs {
  private XcitMacs() {}

  static long of(XcitConfig config) {
    long dim = config.dim();
    long tokens = (long) config.rows() * config.columns();
    long mlp = 2 * dim * config.hidden();
    long macs = stem(config) + tokens * XcitLayout.FOURIER * dim;
    // A cross-covariance block: qkv and output projections, two products of (D/h x D/h) matrices
    // with tokens for each head, two depthwise 3x3 convolutions, the MLP.
    long headDim = dim / config.heads();
    macs += config.depth() * tokens * (4 * dim * dim + 2 * dim * headDim + 2 * 9 * dim + mlp);
    // Class attention: one query, keys and values of all tokens, the MLP on the class token.
    long all = tokens + 1;
    macs += config.classDepth() * (2 * all * dim * dim + 2 * dim * dim + 2 * all * dim + mlp);
    return macs + dim * config.numClasses();
  }

  private static long stem(XcitConfig config) {
    long macs = 0;
    long height = config.height();
    long width = config.width();
    long in = 3;
    for (int i = 0; i < config.strides().size(); i++) {
      height /= config.strides().get(i);
      width /= config.strides().get(i);
      long out = config.stemChannels(i);
      macs += height * width * out * in * 9;
      in = out;
    }
    return macs;
  }
}
