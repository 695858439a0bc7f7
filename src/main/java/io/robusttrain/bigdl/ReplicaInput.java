package io.robusttrain.bigdl;

import com.intel.analytics.bigdl.utils.Table;

/**
 * What BigDL hands to one replica: no data, only whose data to take. A Table because BigDL accepts
 * nothing but tensors and tables.
 */
final class ReplicaInput extends Table {
  private static final long serialVersionUID = 1L;

  private final long step;
  private final int replica;

  ReplicaInput(long step, int replica) {
    super(new Object[0]);
    this.step = step;
    this.replica = replica;
  }

  long step() {
    return step;
  }

  int replica() {
    return replica;
  }
}
