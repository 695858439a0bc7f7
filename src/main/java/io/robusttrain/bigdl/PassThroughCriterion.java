package io.robusttrain.bigdl;

import com.intel.analytics.bigdl.nn.abstractnn.AbstractCriterion;
import com.intel.analytics.bigdl.nn.abstractnn.Activity;
import com.intel.analytics.bigdl.tensor.Tensor;
import io.robusttrain.engine.FloatSlice;

/** Hands on the loss that the module computed. */
@SuppressWarnings("unchecked") // BigDL's tensors are erased Scala generics
final class PassThroughCriterion extends AbstractCriterion<Activity, Activity, Object> {
  private static final long serialVersionUID = 1L;

  PassThroughCriterion() {
    super(FloatTypes.ACTIVITY, FloatTypes.ACTIVITY, FloatTypes.FLOAT, FloatTypes.NUMERIC);
  }

  @Override
  public Object updateOutput(Activity input, Activity target) {
    FloatSlice loss = FloatTypes.slice((Tensor<Object>) input);
    output_$eq(loss.array()[loss.offset()]);
    return output();
  }

  @Override
  public Activity updateGradInput(Activity input, Activity target) {
    gradInput_$eq(input);
    return input;
  }
}
