package io.robusttrain.train.worker;

import io.robusttrain.model.Architecture;
import io.robusttrain.tensor.ComputeDevice;
import io.robusttrain.tensor.FlatParameters;
import io.robusttrain.tensor.SeedKey;

/** The weights of a model that nobody has trained. */
public final class InitialWeights {
  private InitialWeights() {}

  /** The key of all draws of initial weights in a run with this seed. */
  public static SeedKey key(long seed) {
    return SeedKey.of(seed).with("init");
  }

  /** The flat vector (P) that training starts from where no file gives one. */
  public static float[] random(Architecture architecture, long seed) {
    try (FlatParameters parameters = new FlatParameters(architecture.layout(), ComputeDevice.CPU)) {
      architecture.initialize(parameters, key(seed));
      float[] weights = new float[architecture.layout().size()];
      parameters.store(weights, 0);
      return weights;
    }
  }
}
