package io.robusttrain.bigdl;

import com.intel.analytics.bigdl.nn.abstractnn.AbstractModule;
import com.intel.analytics.bigdl.nn.abstractnn.Activity;
import com.intel.analytics.bigdl.tensor.Tensor;
import io.robusttrain.engine.WorkerRegistry;
import scala.Tuple2;

/**
 * The "model" that BigDL trains: one flat weight tensor and one flat gradient tensor. Its forward
 * lets the worker compute loss and gradient together; its backward has nothing left to do.
 */
@SuppressWarnings({"unchecked", "rawtypes"}) // BigDL's tensors are erased Scala generics
final class StepModule extends AbstractModule<Activity, Activity, Object> {
  private static final long serialVersionUID = 1L;

  private final String run;
  private final Tensor<Object> weight;
  private final Tensor<Object> gradient;

  StepModule(String run, float[] weights) {
    super(FloatTypes.ACTIVITY, FloatTypes.ACTIVITY, FloatTypes.FLOAT, FloatTypes.NUMERIC);
    this.run = run;
    this.weight = FloatTypes.tensor(weights);
    this.gradient = FloatTypes.tensor(new float[weights.length]);
  }

  @Override
  public Activity updateOutput(Activity input) {
    ReplicaInput part = (ReplicaInput) input;
    WorkerRegistry.gate(run, getId()).compute(part.attempt());
    double loss =
        WorkerRegistry.existing(run, getId())
            .compute(
                part.attempt().step(),
                part.replica(),
                FloatTypes.slice(weight),
                FloatTypes.slice(gradient));
    // A float holds the loss to 7 digits; the exact value travels in the worker's report.
    output_$eq(FloatTypes.tensor(new float[] {(float) loss}));
    return output();
  }

  @Override
  public Activity updateGradInput(Activity input, Activity gradOutput) {
    gradInput_$eq(gradOutput);
    return gradOutput;
  }

  @Override
  public void zeroGradParameters() {
    // compute() writes every element; clearing 4 P bytes a step would be wasted.
  }

  @Override
  public Tuple2<Tensor<Object>[], Tensor<Object>[]> parameters() {
    return new Tuple2<>(new Tensor[] {weight}, new Tensor[] {gradient});
  }
}
