package io.robusttrain.oracle;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.Tag;

/**
 * A test class, or one test of it, whose numbers depend on the order and width of floating-point
 * operations. The build runs it twice, in the arithmetic of the processor and in the portable one;
 * {@code src/test/scripts/processors.sh} runs it in every arithmetic of a machine.
 */
@Tag(Numeric.TAG)
@Target({ElementType.TYPE, ElementType.METHOD})
@Retention(RetentionPolicy.RUNTIME)
public @interface Numeric {
  /** The tag, for the build. */
  String TAG = "numeric";
}
