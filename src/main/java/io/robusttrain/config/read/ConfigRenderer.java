package io.robusttrain.config.read;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigUtil;
import io.robusttrain.attack.ThreatModel;
import io.robusttrain.base.ByteUnit;
import io.robusttrain.base.Figures;
import io.robusttrain.base.Secrets;
import io.robusttrain.config.RunConfig;
import io.robusttrain.config.value.AutoAugment;
import io.robusttrain.config.value.KeyNames;
import io.robusttrain.config.value.ModelArguments;
import io.robusttrain.config.value.Normalization;
import io.robusttrain.config.value.Parsers;
import io.robusttrain.config.value.Range;
import io.robusttrain.config.value.Setting;
import io.robusttrain.config.value.Stage;
import io.robusttrain.config.value.TimeUnits;
import io.robusttrain.config.value.Unit;
import java.lang.reflect.RecordComponent;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;

/**
 * Writes configurations as HOCON in the order of {@code reference.conf}. Reading the text gives an
 * equal record, except for secrets, which are masked; {@link Secrets} says what is one.
 */
public final class ConfigRenderer {
  private static final String MASK = ConfigUtil.quoteString(Secrets.MASK);

  private final Config reference;
  private final Set<String> omitted;
  private final UnaryOperator<String> masking;
  private final StringBuilder out = new StringBuilder();

  private ConfigRenderer(Config reference, Set<String> omitted, UnaryOperator<String> masking) {
    this.reference = reference;
    this.omitted = omitted;
    this.masking = masking;
  }

  /** The configuration with every key, one a line. */
  public static String render(RunConfig config) {
    return render(config, ConfigLoader.reference());
  }

  /** The configuration that nobody has changed, in the form of {@link #render}. */
  public static String renderDefaults() {
    return render(ConfigLoader.defaults());
  }

  static String render(Record config, Config reference) {
    return render(config, config, reference, Set.of());
  }

  /** As {@link #render(RunConfig)}, for reading it again: what it holds must not be shown. */
  static String renderWithSecrets(RunConfig config) {
    ConfigRenderer renderer =
        new ConfigRenderer(ConfigLoader.reference(), Set.of(), UnaryOperator.identity());
    renderer.write(config, config, "", "");
    return renderer.out.toString();
  }

  /**
   * What decides the result of a run: the configuration with the defaults for all keys that change
   * no result. Equal texts mean equal results.
   */
  public static String renderEssence(RunConfig config) {
    return render(
        config, ConfigLoader.defaults(), ConfigLoader.reference(), FreeKeys.ofRun(config));
  }

  private static String render(
      Record config, Record defaults, Config reference, Set<String> omitted) {
    ConfigRenderer renderer = new ConfigRenderer(reference, omitted, Secrets::masked);
    renderer.write(config, defaults, "", "");
    return renderer.out.toString();
  }

  private void write(Record group, Record defaults, String prefix, String indent) {
    for (RecordComponent component : group.getClass().getRecordComponents()) {
      String name = KeyNames.of(component);
      Object fallback = read(component, defaults);
      Object value = omitted.contains(prefix + name) ? fallback : read(component, group);
      if (KeyNames.isGroup(component.getType())) {
        out.append(indent).append(name).append(" {\n");
        write((Record) value, (Record) fallback, prefix + name + ".", indent + "  ");
        out.append(indent).append("}\n");
      } else {
        String text = Secrets.isSecret(name) ? MASK : text(value, unit(component), prefix + name);
        out.append(indent).append(name).append(" = ").append(text).append('\n');
      }
    }
  }

  private String text(Object value, Unit.Kind unit, String key) {
    if (value instanceof Setting<?> setting) {
      return setting.isSet() ? text(setting.get(), unit, key) : openWord(key);
    }
    if (value instanceof Duration duration) {
      return TimeUnits.write(duration);
    }
    if (value instanceof Range range) {
      return "[" + range.low() + ", " + range.high() + "]";
    }
    if (value instanceof Normalization normalization) {
      return normalization instanceof Normalization.Constants constants
          ? "{ mean = " + constants.mean() + ", std = " + constants.std() + " }"
          : Normalization.OfModel.WORD;
    }
    if (value instanceof AutoAugment policy) {
      return policy.text();
    }
    if (value instanceof Stage stage) {
      return stage.text();
    }
    if (value instanceof ModelArguments arguments) {
      return arguments.values().entrySet().stream()
          .map(entry -> entry.getKey() + " = " + text(entry.getValue(), unit, key))
          .collect(Collectors.joining(", ", "{ ", " }"));
    }
    if (value instanceof List<?> list) {
      return list.stream()
          .map(element -> text(element, unit, key))
          .collect(Collectors.joining(", ", "[", "]"));
    }
    if (value instanceof Enum<?> constant) {
      return Parsers.word(constant);
    }
    if (value instanceof Number number) {
      return number(number, unit);
    }
    return value instanceof Boolean
        ? value.toString()
        : ConfigUtil.quoteString(masking.apply((String) value));
  }

  private static String number(Number number, Unit.Kind unit) {
    if (unit == null) {
      return number instanceof Double ? decimal(number.doubleValue()) : number.toString();
    }
    return switch (unit) {
      case EPOCHS -> Figures.counted(number.intValue(), "epoch");
      case BYTES -> ByteUnit.exact(number.longValue());
      case PIXELS -> ThreatModel.text(number.doubleValue());
    };
  }

  /** Java's shortest exact decimal in the spelling of the files: 5e-4. */
  private static String decimal(double value) {
    return Double.toString(value).replace(".0E", "e").replace('E', 'e');
  }

  private String openWord(String key) {
    return reference.hasPath(key) ? reference.getString(key) : "null";
  }

  private static Unit.Kind unit(RecordComponent component) {
    Unit unit = component.getAnnotation(Unit.class);
    return unit == null ? null : unit.value();
  }

  private static Object read(RecordComponent component, Record group) {
    try {
      return component.getAccessor().invoke(group);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("cannot read " + component, e);
    }
  }
}
