package io.robusttrain.config.value;

import com.typesafe.config.ConfigList;
import com.typesafe.config.ConfigRenderOptions;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueType;
import io.robusttrain.base.ByteUnit;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.DoublePredicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The parsers of all key types. Scalars are read from their text, so that a quoted number is a
 * number.
 */
public final class Parsers {
  private static final Pattern EPOCHS = Pattern.compile("(\\S+?)(\\s*epochs?)?");
  private static final Pattern SIZE = Pattern.compile("([0-9.]+)\\s*([A-Za-z]*)");
  private static final List<String> YES = List.of("true", "yes", "on");
  private static final List<String> NO = List.of("false", "no", "off");

  private Parsers() {}

  /** A non-empty text. */
  public static Parser<String> text() {
    return value -> {
      String text = scalar(value, "a text").strip();
      if (text.isEmpty() || value.valueType() == ConfigValueType.BOOLEAN) {
        throw new BadValueException("expected a text, found " + show(value));
      }
      return text;
    };
  }

  /** A text of a certain form, described in words. */
  public static Parser<String> matching(Pattern pattern, String form) {
    return value -> {
      String text = text().parse(value);
      if (!pattern.matcher(text).matches()) {
        throw new BadValueException("expected " + form + ", found " + show(value));
      }
      return text;
    };
  }

  /** A truth value: true, yes, on, or false, no, off. */
  public static Parser<Boolean> flag() {
    return value -> {
      String text = scalar(value, "true or false").toLowerCase(Locale.ROOT);
      if (YES.contains(text)) {
        return true;
      }
      if (NO.contains(text)) {
        return false;
      }
      throw new BadValueException("expected true or false, found " + show(value));
    };
  }

  /** A constant of an enumeration, written in lower case with dashes. */
  public static <E extends Enum<E>> Parser<E> choice(Class<E> type) {
    return choice(type.getEnumConstants());
  }

  /** One of these constants of an enumeration, written in lower case with dashes. */
  @SafeVarargs
  public static <E extends Enum<E>> Parser<E> choice(E... constants) {
    Map<String, E> words = new LinkedHashMap<>();
    for (E constant : constants) {
      words.put(word(constant), constant);
    }
    return oneOf(words);
  }

  /** As {@link #choice}, or {@code auto}, which leaves the choice open. */
  public static <E extends Enum<E>> Parser<Setting<E>> choiceOrAuto(Class<E> type) {
    Map<String, Setting<E>> words = new LinkedHashMap<>();
    words.put("auto", Setting.open());
    for (E constant : type.getEnumConstants()) {
      words.put(word(constant), Setting.of(constant));
    }
    return oneOf(words);
  }

  private static <T> Parser<T> oneOf(Map<String, T> words) {
    String all = String.join(", ", words.keySet());
    return value -> {
      T found = words.get(scalar(value, "one of: " + all).toLowerCase(Locale.ROOT));
      if (found == null) {
        throw new BadValueException("expected one of: " + all + "; found " + show(value));
      }
      return found;
    };
  }

  /** How a constant is written. */
  public static String word(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** A whole number in [least, most]. */
  public static Parser<Long> whole(long least, long most) {
    return value -> wholeNumber(value, scalar(value, "a whole number"), least, most);
  }

  /** A whole number in [least, most]. */
  public static Parser<Integer> count(int least, int most) {
    return value -> whole(least, most).parse(value).intValue();
  }

  /** A number of epochs, with or without the word. */
  public static Parser<Integer> epochs(int least) {
    return value -> {
      String text = scalar(value, "a number of epochs such as 10 epochs").strip();
      Matcher matcher = EPOCHS.matcher(text);
      if (!matcher.matches()) {
        throw new BadValueException(
            "expected a number of epochs such as 10 epochs, found " + show(value));
      }
      return (int) wholeNumber(value, matcher.group(1), least, 1_000_000);
    };
  }

  /** A number in [least, most]: decimal, fraction or percentage. */
  public static Parser<Double> real(double least, double most) {
    return within(
        number -> number >= least && number <= most,
        "[" + number(least) + ", " + number(most) + "]");
  }

  /** A number in [least, limit). */
  public static Parser<Double> realBelow(double least, double limit) {
    return within(
        number -> number >= least && number < limit,
        "[" + number(least) + ", " + number(limit) + ")");
  }

  /** A number in (0, most]. */
  public static Parser<Double> positive(double most) {
    return within(number -> number > 0 && number <= most, "(0, " + number(most) + "]");
  }

  private static Parser<Double> within(DoublePredicate inside, String interval) {
    return value -> {
      double number = number(value);
      if (!inside.test(number)) {
        throw outside(value, interval);
      }
      return number;
    };
  }

  /** A distance between pixels of [0,1]; numbers above 1 are meant in 255ths and answered so. */
  static Parser<Double> pixels() {
    return value -> {
      double number = number(value);
      if (number > 1 && number <= 255) {
        throw new BadValueException(
            "%s is outside [0, 1], and pixels lie in [0,1]; did you mean %s/255?"
                .formatted(show(value), number(number)));
      }
      return real(0, 1).parse(value);
    };
  }

  /** A number of bytes. */
  public static Parser<Long> bytes() {
    return value -> {
      String text = scalar(value, "a size such as 256 MB").strip();
      Matcher matcher = SIZE.matcher(text);
      if (!matcher.matches()) {
        throw new BadValueException("expected a size such as 256 MB, found " + show(value));
      }
      long factor =
          ByteUnit.named(matcher.group(2))
              .orElseThrow(
                  () ->
                      new BadValueException(
                          "expected a size in kB, MB, GB, KiB, MiB or GiB, found " + show(value)));
      try {
        return new BigDecimal(matcher.group(1))
            .multiply(BigDecimal.valueOf(factor))
            .longValueExact();
      } catch (ArithmeticException | NumberFormatException e) {
        throw new BadValueException("expected a size such as 256 MB, found " + show(value));
      }
    };
  }

  /** A time in [least, most], in whole milliseconds. */
  public static Parser<Duration> duration(Duration least, Duration most) {
    return value -> {
      Duration duration = TimeUnits.parse(scalar(value, "a time such as 10 minutes"), show(value));
      if (duration.compareTo(least) < 0 || duration.compareTo(most) > 0) {
        throw outside(value, "[" + TimeUnits.write(least) + ", " + TimeUnits.write(most) + "]");
      }
      return duration;
    };
  }

  /** A list of any length but zero. */
  public static <T> Parser<List<T>> list(Parser<T> element) {
    return value -> {
      if (value.valueType() != ConfigValueType.LIST || ((ConfigList) value).isEmpty()) {
        throw new BadValueException("expected a list [a, b, ...], found " + show(value));
      }
      List<T> elements = new ArrayList<>();
      for (ConfigValue entry : (ConfigList) value) {
        elements.add(element.parse(entry));
      }
      return List.copyOf(elements);
    };
  }

  /** A list of {@code size} elements. */
  public static <T> Parser<List<T>> list(int size, Parser<T> element) {
    return value -> {
      if (value.valueType() != ConfigValueType.LIST || ((ConfigList) value).size() != size) {
        throw new BadValueException("expected a list of " + size + ", found " + show(value));
      }
      return list(element).parse(value);
    };
  }

  /** The value as the user wrote it, shortened. */
  static String show(ConfigValue value) {
    boolean plain =
        value.valueType() == ConfigValueType.STRING && !value.unwrapped().toString().isBlank();
    String text =
        plain ? value.unwrapped().toString() : value.render(ConfigRenderOptions.concise());
    return text.length() <= 60 ? text : text.substring(0, 57) + "...";
  }

  /** A number without a trailing {@code .0}. */
  static String number(double value) {
    return value == Math.rint(value) && Math.abs(value) < 1e9
        ? Long.toString((long) value)
        : Double.toString(value);
  }

  /** The text of a value that is no list and no group; {@code expected} says what would do. */
  public static String scalar(ConfigValue value, String expected) throws BadValueException {
    return switch (value.valueType()) {
      case STRING, BOOLEAN -> String.valueOf(value.unwrapped());
      case NUMBER -> value.render(ConfigRenderOptions.concise());
      default -> throw new BadValueException("expected " + expected + ", found " + show(value));
    };
  }

  private static double number(ConfigValue value) throws BadValueException {
    String text = scalar(value, "a number").strip();
    int slash = text.indexOf('/');
    try {
      if (slash > 0) {
        return decimal(text.substring(0, slash)) / decimal(text.substring(slash + 1));
      }
      if (text.endsWith("%")) {
        return decimal(text.substring(0, text.length() - 1)) / 100;
      }
      return decimal(text);
    } catch (NumberFormatException e) {
      throw new BadValueException(
          "expected a number such as 0.1, 4/255 or 5 %, found " + show(value));
    }
  }

  /** Unlike Double.parseDouble this refuses NaN, Infinity, hexadecimals and type suffixes. */
  private static double decimal(String text) {
    return new BigDecimal(text.strip()).doubleValue();
  }

  private static long wholeNumber(ConfigValue value, String text, long least, long most)
      throws BadValueException {
    long number;
    try {
      number = new BigDecimal(text).longValueExact();
    } catch (ArithmeticException | NumberFormatException e) {
      throw new BadValueException("expected a whole number, found " + show(value));
    }
    if (number < least || number > most) {
      throw most >= Integer.MAX_VALUE
          ? new BadValueException(show(value) + " must be at least " + least)
          : outside(value, "[" + least + ", " + most + "]");
    }
    return number;
  }

  private static BadValueException outside(ConfigValue value, String interval) {
    return new BadValueException(show(value) + " is outside " + interval);
  }
}
