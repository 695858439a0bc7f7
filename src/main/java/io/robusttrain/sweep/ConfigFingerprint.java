package io.robusttrain.sweep;

import io.robusttrain.base.Sha256;
import io.robusttrain.config.CheckpointConfig;
import io.robusttrain.config.ConfigLoader;
import io.robusttrain.config.ConfigRenderer;
import io.robusttrain.config.DataConfig;
import io.robusttrain.config.DistributionConfig;
import io.robusttrain.config.RunConfig;
import io.robusttrain.config.RunSection;

/**
 * Tells configurations apart by what they come to. Left out is what decides how a run is spread,
 * fed, kept and shown: {@code distribution} but for its lossy compression, {@code report}, {@code
 * doctor}, {@code checkpoint} but for its {@code every}, {@code run.allow-changed}, {@code
 * run.lease}, {@code data.prefetch-steps}, {@code data.decode-threads}, and {@code
 * data.cache-memory} unless it decides the order of the images ({@code data.shuffle = auto}). So an
 * interrupted run may go on with more memory, or on another cluster.
 */
public final class ConfigFingerprint {
  private ConfigFingerprint() {}

  /** SHA-256 in hexadecimal of the configuration with the defaults for what is left out. */
  public static String of(RunConfig config) {
    return Sha256.of(ConfigRenderer.render(essence(config, ConfigLoader.defaults())));
  }

  private static RunConfig essence(RunConfig config, RunConfig defaults) {
    return new RunConfig(
        new RunSection(
            config.run().id(),
            config.run().dir(),
            config.run().seed(),
            defaults.run().allowChanged(),
            defaults.run().lease()),
        config.model(),
        essence(config.data(), defaults.data()),
        config.augment(),
        config.mixup(),
        config.attack(),
        config.epsSchedule(),
        config.objective(),
        config.optim(),
        config.lrSchedule(),
        config.modelEma(),
        config.swa(),
        config.amp(),
        config.train(),
        essence(config.distribution(), defaults.distribution()),
        config.validation(),
        essence(config.checkpoint(), defaults.checkpoint()),
        defaults.recovery(),
        config.guard(),
        defaults.doctor(),
        defaults.report(),
        config.device());
  }

  private static DataConfig essence(DataConfig data, DataConfig defaults) {
    return new DataConfig(
        data.path(),
        data.trainSplit(),
        data.valSplit(),
        data.shuffle(),
        data.shuffleWindow(),
        data.shuffle() == DataConfig.Shuffle.AUTO ? data.cacheMemory() : defaults.cacheMemory(),
        defaults.decodeThreads(),
        defaults.prefetchSteps(),
        data.lastBatch(),
        data.extra(),
        data.onError(),
        data.maxSkipped(),
        data.maxPixels(),
        data.maxEncodedBytes());
  }

  private static CheckpointConfig essence(CheckpointConfig own, CheckpointConfig defaults) {
    return new CheckpointConfig(
        own.every(),
        defaults.everySteps(),
        defaults.everyTime(),
        defaults.keep(),
        defaults.keepEvery(),
        defaults.commit());
  }

  private static DistributionConfig essence(DistributionConfig own, DistributionConfig defaults) {
    return new DistributionConfig(
        defaults.executors(), defaults.replicas(), defaults.threads(), own.compression());
  }
}
