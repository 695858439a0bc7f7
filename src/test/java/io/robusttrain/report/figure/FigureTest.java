package io.robusttrain.report.figure;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import javax.imageio.ImageIO;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;

class FigureTest {
  private static final double[] X = {1, 2, 5, 10};
  private static final double[] Y = {8, 4, 2, 1};

  private static Figure figure(Axis x, Axis y, Curve... curves) {
    return new Figure("Loss & steps", x, y, List.of(curves));
  }

  private static Document parsed(Figure figure) throws Exception {
    return DocumentBuilderFactory.newInstance()
        .newDocumentBuilder()
        .parse(new ByteArrayInputStream(figure.svg()));
  }

  private static List<Element> elements(Document svg, String name) {
    NodeList nodes = svg.getElementsByTagName(name);
    List<Element> elements = new ArrayList<>();
    for (int i = 0; i < nodes.getLength(); i++) {
      elements.add((Element) nodes.item(i));
    }
    return elements;
  }

  private static double number(Element element, String attribute) {
    return Double.parseDouble(element.getAttribute(attribute));
  }

  @Test
  void pointsLieWhereLinearAxesPutThem() throws Exception {
    Document svg = parsed(figure(Axis.linear("steps"), Axis.linear("loss"), Curve.of("PGD", X, Y)));
    List<Element> dots = elements(svg, "circle");
    assertThat(dots).hasSize(4);
    // Equal distances per unit, from left to right and from below to above.
    double perX = (number(dots.get(3), "cx") - number(dots.get(0), "cx")) / 9;
    double perY = (number(dots.get(0), "cy") - number(dots.get(3), "cy")) / 7;
    for (int i = 0; i < 4; i++) {
      assertThat(number(dots.get(i), "cx") - number(dots.get(0), "cx"))
          .isCloseTo(perX * (X[i] - X[0]), within(0.02));
      assertThat(number(dots.get(i), "cy") - number(dots.get(3), "cy"))
          .isCloseTo(perY * (Y[i] - Y[3]), within(0.02));
    }
    assertThat(perX).isPositive();
    assertThat(perY).isNegative();
  }

  @Test
  void aLogarithmicAxisLeavesOutWhatItCannotShow() throws Exception {
    double[] withZero = {8, 0, 2, Double.NaN};
    Document svg =
        parsed(figure(Axis.linear("steps"), Axis.log("loss"), Curve.of("PGD", X, withZero)));
    assertThat(elements(svg, "circle")).hasSize(2);
  }

  @Test
  void aLogarithmicAxisHasTicksBetweenNeighbouringRoundNumbers() {
    assertThat(Axis.log("loss").ticks(2.1, 4.9, false)).containsExactly(2.5, 3.0, 3.5, 4.0, 4.5);
    assertThat(Axis.log("loss").ticks(0.9, 3, false)).containsExactly(1.0, 2.0);
  }

  @Test
  void textsOfTheSvgAreTextsAndTheLegendHasTheNamedCurves() throws Exception {
    Document svg =
        parsed(
            figure(
                Axis.steps("steps", List.of(0, 1, 10)),
                Axis.linear("loss"),
                new Curve("a < b", X, Y, new double[] {1, 1, 1, 1}),
                Curve.of("", X, Y)));
    List<String> texts = elements(svg, "text").stream().map(Element::getTextContent).toList();
    assertThat(texts).contains("Loss & steps", "steps", "loss", "a < b", "1", "10");
    assertThat(texts).doesNotContain("");
    assertThat(elements(svg, "circle")).hasSize(8);
  }

  @Test
  void thePngIsTheSameSheet() throws Exception {
    Figure figure = figure(Axis.linear("steps"), Axis.linear("loss"), Curve.of("PGD", X, Y));
    BufferedImage png = ImageIO.read(new ByteArrayInputStream(figure.png()));
    Document svg = parsed(figure);
    assertThat(png.getWidth()).isEqualTo(720);
    assertThat((double) png.getHeight()).isEqualTo(number(svg.getDocumentElement(), "height"));
    Element dot = elements(svg, "circle").get(2);
    int color =
        png.getRGB((int) Math.round(number(dot, "cx")), (int) Math.round(number(dot, "cy")));
    assertThat("#%06x".formatted(color & 0xffffff)).isEqualTo(dot.getAttribute("fill"));
    assertThat(png.getRGB(1, 1) & 0xffffff).isEqualTo(0xffffff);
  }

  @Test
  void theSvgIsNoWiderThanANarrowPage() throws Exception {
    Document svg = parsed(figure(Axis.linear("steps"), Axis.linear("loss"), Curve.of("PGD", X, Y)));
    assertThat(svg.getDocumentElement().getAttribute("style"))
        .isEqualTo("max-width:100%;height:auto");
  }

  @Test
  void aFigureWithoutAPointIsDrawnNevertheless() throws IOException {
    assertThat(figure(Axis.log("x"), Axis.log("y")).png()).isNotEmpty();
    Curve single = Curve.of("one", new double[] {3}, new double[] {0});
    assertThat(figure(Axis.linear("x"), Axis.linear("y"), single).png()).isNotEmpty();
  }

  @Test
  void ticksAreRound() {
    assertThat(Axis.linear("x").ticks(0.7, 10.4, false)).containsExactly(2.0, 4.0, 6.0, 8.0, 10.0);
    assertThat(Axis.log("x").ticks(0.3, 30, false))
        .extracting(Axis::text)
        .containsExactly("0.5", "1", "2", "5", "10", "20");
    assertThat(Axis.text(0.1 + 0.2)).isEqualTo("0.3");
    assertThat(Axis.text(0)).isEqualTo("0");
  }

  @Test
  void epochsAndOtherWholeNumbersHaveWholeTicksBelow() throws Exception {
    assertThat(ticksBelow(1, 2)).containsExactly("1", "2");
    assertThat(ticksBelow(1)).containsExactly("1");
    assertThat(ticksBelow(1, 2, 3, 4, 5, 6, 7)).containsExactly("2", "4", "6");
    assertThat(ticksBelow(1, 300)).containsExactly("0", "100", "200", "300");
    assertThat(ticksBelow(1, 1.5)).containsExactly("1", "1.1", "1.2", "1.3", "1.4", "1.5");
  }

  /** What is written below a curve over some places. */
  private static List<String> ticksBelow(double... x) throws Exception {
    Curve curve = Curve.of("", x, new double[x.length]);
    return elements(parsed(figure(Axis.linear("epoch"), Axis.linear("loss"), curve)), "text")
        .stream()
        .filter(text -> text.getAttribute("text-anchor").equals("middle"))
        .map(Element::getTextContent)
        .filter(text -> text.matches("[-.\\d]+"))
        .toList();
  }

  @Test
  void aCurveHasOneValueOfEachKindForEachPoint() {
    assertThatThrownBy(() -> Curve.of("PGD", X, new double[] {1}))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("a curve of 4, 1 and 0 values");
  }

  @Test
  void aTableNamesItsColumnsAndQuotesWhatWouldBreakARow() {
    CsvTable table = new CsvTable("model", "loss");
    table.add("a,\"b\"", 0.1);
    table.add("c", Double.NaN);
    assertThat(new String(table.bytes(), UTF_8)).isEqualTo("model,loss\n\"a,\"\"b\"\"\",0.1\nc,\n");
    assertThatThrownBy(() -> table.add("d"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("1 cells for the columns [model, loss]");
  }
}
