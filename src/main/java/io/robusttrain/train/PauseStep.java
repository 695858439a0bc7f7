package io.robusttrain.train;

import java.io.IOException;

/** One of the things that the driver does while the engine rests. {@link PauseSteps} lists them. */
@FunctionalInterface
interface PauseStep {
  /** Does it, if it is due at this pause. */
  void at(Pause pause) throws IOException;
}
