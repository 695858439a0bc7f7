package io.robusttrain.bigdl;

import com.intel.analytics.bigdl.nn.abstractnn.Activity;
import com.intel.analytics.bigdl.tensor.Storage$;
import com.intel.analytics.bigdl.tensor.Tensor;
import com.intel.analytics.bigdl.tensor.Tensor$;
import com.intel.analytics.bigdl.tensor.TensorNumericMath$TensorNumeric$NumericFloat$;
import com.intel.analytics.bigdl.tensor.TensorNumericMath.TensorNumeric;
import io.robusttrain.engine.FloatSlice;
import scala.reflect.ClassTag;
import scala.reflect.ClassTag$;

/**
 * The type evidence that Scala passes by itself for {@code Tensor[Float]}, and the Java arrays
 * behind such tensors. Scala's Float is erased to Object in generic signatures.
 */
@SuppressWarnings({"unchecked", "rawtypes"}) // erased Scala types
final class FloatTypes {
  static final ClassTag<Object> FLOAT = (ClassTag) ClassTag$.MODULE$.Float();
  static final ClassTag<Activity> ACTIVITY = ClassTag$.MODULE$.apply(Activity.class);
  static final TensorNumeric<Object> NUMERIC = numeric();

  private FloatTypes() {}

  private static TensorNumeric<Object> numeric() {
    Object evidence = TensorNumericMath$TensorNumeric$NumericFloat$.MODULE$;
    return (TensorNumeric<Object>) evidence;
  }

  /** A one-dimensional tensor over {@code values}, not copied. */
  static Tensor<Object> tensor(float[] values) {
    return Tensor$.MODULE$.apply(Storage$.MODULE$.apply(values, FLOAT), FLOAT, NUMERIC);
  }

  /** The elements of a one-dimensional tensor, not copied. */
  static FloatSlice slice(Tensor<Object> tensor) {
    return new FloatSlice(
        (float[]) tensor.storage().array(), tensor.storageOffset() - 1, tensor.nElement());
  }
}
