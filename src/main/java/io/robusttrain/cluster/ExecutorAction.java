package io.robusttrain.cluster;

import java.io.Serializable;

/** What an engine does in a worker's process, before the worker is made or after it was closed. */
@FunctionalInterface
public interface ExecutorAction extends Serializable {
  /** Runs on an executor; what it throws ends what is being done there. */
  void run();
}
