package io.robusttrain.evaluate;

import io.robusttrain.model.Architecture;
import io.robusttrain.model.Classifier;
import io.robusttrain.model.ForwardPass;
import io.robusttrain.model.LayerSummary;
import io.robusttrain.model.Preprocessing;
import io.robusttrain.model.TimmModel;
import io.robusttrain.tensor.FlatParameters;
import io.robusttrain.tensor.ParameterLayout;
import io.robusttrain.tensor.SeedKey;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.bytedeco.pytorch.Tensor;

/** A model that fails after a number of forward passes, which all its copies share. */
final class Bomb implements Architecture {
  private static final long serialVersionUID = 1L;
  private static final AtomicInteger LEFT = new AtomicInteger(Integer.MAX_VALUE);

  private final Architecture inner;

  Bomb(Architecture inner) {
    this.inner = inner;
  }

  static void after(int passes) {
    LEFT.set(passes);
  }

  static void disarm() {
    LEFT.set(Integer.MAX_VALUE);
  }

  @Override
  public Classifier bind(FlatParameters parameters) {
    Classifier classifier = inner.bind(parameters);
    return new Classifier() {
      @Override
      public Tensor forward(Tensor pixels, ForwardPass pass) {
        if (LEFT.decrementAndGet() < 0) {
          throw new IllegalStateException("killed");
        }
        return classifier.forward(pixels, pass);
      }

      @Override
      public void close() {
        classifier.close();
      }
    };
  }

  @Override
  public String name() {
    return inner.name();
  }

  @Override
  public Map<String, Object> arguments() {
    return inner.arguments();
  }

  @Override
  public int numClasses() {
    return inner.numClasses();
  }

  @Override
  public int imageSize() {
    return inner.imageSize();
  }

  @Override
  public Optional<TimmModel> timm() {
    return inner.timm();
  }

  @Override
  public ParameterLayout layout() {
    return inner.layout();
  }

  @Override
  public List<String> batchNorms() {
    return inner.batchNorms();
  }

  @Override
  public Preprocessing defaultPreprocessing() {
    return inner.defaultPreprocessing();
  }

  @Override
  public List<LayerSummary> layers() {
    return inner.layers();
  }

  @Override
  public void initialize(FlatParameters parameters, SeedKey key) {
    inner.initialize(parameters, key);
  }
}
