package io.robusttrain.bigdl;

import com.intel.analytics.bigdl.utils.Table;
import io.robusttrain.engine.StepAttempt;

/**
 * What BigDL hands to one replica: no data, only whose data to take. A Table because BigDL accepts
 * nothing but tensors and tables.
 */
final class ReplicaInput extends Table {
  private static final long serialVersionUID = 1L;

  private final StepAttempt attempt;
  private final int replica;

  ReplicaInput(StepAttempt attempt, int replica) {
    super(new Object[0]);
    this.attempt = attempt;
    this.replica = replica;
  }

  StepAttempt attempt() {
    return attempt;
  }

  int replica() {
    return replica;
  }
}
