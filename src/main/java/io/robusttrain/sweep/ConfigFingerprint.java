package io.robusttrain.sweep;

import io.robusttrain.base.Sha256;
import io.robusttrain.config.RunConfig;
import io.robusttrain.config.read.ConfigRenderer;

/**
 * Tells configurations apart by what they come to: keys that change no result are left out, so an
 * interrupted run may go on with more memory, or on another cluster.
 */
public final class ConfigFingerprint {
  private ConfigFingerprint() {}

  /** SHA-256 in hexadecimal of the configuration with the defaults for what is left out. */
  public static String of(RunConfig config) {
    return Sha256.of(ConfigRenderer.renderEssence(config));
  }
}
