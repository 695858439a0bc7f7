package io.robusttrain.config.value;

import java.lang.reflect.RecordComponent;
import java.util.Locale;
import java.util.regex.Pattern;

/** How record components and keys are named after each other. */
public final class KeyNames {
  private static final Pattern HUMP = Pattern.compile("(?<=[a-z0-9])(?=[A-Z])");

  private KeyNames() {}

  /** Whether a component of this type is a group of keys. */
  public static boolean isGroup(Class<?> type) {
    return type.isRecord() && type != Setting.class && type != Range.class;
  }

  /** The key of a record component, without its groups. */
  public static String of(RecordComponent component) {
    Key key = component.getAnnotation(Key.class);
    return key == null
        ? HUMP.matcher(component.getName()).replaceAll("-").toLowerCase(Locale.ROOT)
        : key.value();
  }
}
