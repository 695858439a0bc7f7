package io.robusttrain.app.analyze;

import io.robusttrain.app.cli.Usage;
import io.robusttrain.evaluate.plan.ModelRequest;
import io.robusttrain.evaluate.plan.NormalizationChoice;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.Model.CommandSpec;

/**
 * A judge as a user names it.
 *
 * @param name in tables and as a directory
 * @param model its weights
 */
public record JudgeOption(String name, ModelRequest model) {
  private static final String OPTION = "--judge";
  private static final String NAME = "[A-Za-z0-9][A-Za-z0-9._-]*";
  private static final Pattern FORM =
      Pattern.compile("(" + NAME + ")=(.+?)(?:,arch=([^,=]+))?(?:,normalize=([A-Za-z0-9.,]+))?");

  /**
   * Checks the name.
   *
   * @throws IllegalArgumentException if it cannot be that of a directory
   */
  public JudgeOption {
    if (!name.matches(NAME)) {
      throw new IllegalArgumentException(
          "a judge's name has letters, digits, dots, dashes and underscores, and begins with one of the first two; not "
              + name);
    }
  }

  /**
   * Reads {@code NAME=PATH}, with {@code ,arch=NAME} and {@code ,normalize=WAY} behind it.
   *
   * @throws picocli.CommandLine.ParameterException if it is something else
   */
  static JudgeOption parse(CommandSpec spec, String text) {
    Matcher form = FORM.matcher(text);
    if (!form.matches()) {
      throw Usage.wrong(
          spec, OPTION + ": expected NAME=PATH, such as convnext=runs/c; found " + text);
    }
    try {
      Optional<NormalizationChoice> normalization =
          Optional.ofNullable(form.group(4)).map(way -> NormalizationChoice.parse(OPTION, way));
      return new JudgeOption(
          form.group(1),
          ModelRequest.of(form.group(2), Optional.ofNullable(form.group(3)), normalization));
    } catch (IllegalArgumentException wrong) {
      throw Usage.wrong(spec, OPTION + ": " + wrong.getMessage());
    }
  }
}
