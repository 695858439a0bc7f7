package io.robusttrain.config.value;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** Unit of a record component, so that a rendered configuration reads like a written one. */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.RECORD_COMPONENT)
public @interface Unit {
  Kind value();

  enum Kind {
    /** A whole number of epochs: {@code 10 epochs}. */
    EPOCHS,
    /** A number of bytes: {@code 256 MB}. */
    BYTES,
    /** A distance between pixels in [0,1]: {@code 4/255}. */
    PIXELS
  }
}
