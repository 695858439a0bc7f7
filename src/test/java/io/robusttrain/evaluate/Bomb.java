package io.robusttrain.evaluate;

import io.robusttrain.model.Architecture;
import io.robusttrain.model.Classifier;
import io.robusttrain.model.ForwardPass;
import io.robusttrain.model.ForwardingArchitecture;
import io.robusttrain.tensor.FlatParameters;
import java.util.concurrent.atomic.AtomicInteger;
import org.bytedeco.pytorch.Tensor;

/** A model that fails after a number of forward passes, which all its copies share. */
public final class Bomb extends ForwardingArchitecture {
  private static final long serialVersionUID = 1L;
  private static final AtomicInteger LEFT = new AtomicInteger(Integer.MAX_VALUE);

  public Bomb(Architecture inner) {
    super(inner);
  }

  public static void after(int passes) {
    LEFT.set(passes);
  }

  public static void disarm() {
    LEFT.set(Integer.MAX_VALUE);
  }

  @Override
  protected Classifier around(Classifier classifier, FlatParameters parameters) {
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
}
